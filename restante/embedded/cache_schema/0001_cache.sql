-- What was made of mails, to be found again. Everything here may be lost: it is made anew from the raw mail.

CREATE TABLE entries (
    number  INTEGER PRIMARY KEY,   -- the order in which they came: the oldest go first
    mail    TEXT NOT NULL,
    name    TEXT NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (mail, name)
);

-- What all entries take, so that it need not be added up at each write.
CREATE TABLE size (
    octets INTEGER NOT NULL
);

INSERT INTO size VALUES (0);

CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
    UPDATE size SET octets = octets + length(NEW.content) + 300;
END;

CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN
    UPDATE size SET octets = octets - length(OLD.content) - 300;
END;

-- Mails that were deleted a moment ago: who was reading one of them meanwhile may not bring anything of it back.
CREATE TABLE dropped (
    number INTEGER PRIMARY KEY,
    mail   TEXT NOT NULL UNIQUE
);

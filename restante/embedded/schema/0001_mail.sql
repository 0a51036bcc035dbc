-- Mails, their messages, and who may read them. A message's id begins with its mail's id, and ids sort by arrival.

CREATE TABLE mails (
    id        TEXT PRIMARY KEY,
    document  TEXT NOT NULL,             -- receipt, summary, size and links, as JSON
    structure BLOB NOT NULL              -- parts and problems, as JSON, compressed when long
);

CREATE TABLE messages (
    inbox          TEXT NOT NULL,
    id             TEXT NOT NULL,
    mail           TEXT NOT NULL,
    original_inbox TEXT NOT NULL,
    folder         TEXT NOT NULL DEFAULT 'inbox',
    labels         TEXT NOT NULL DEFAULT '[]',
    read           INTEGER,
    starred_by     TEXT,
    PRIMARY KEY (inbox, id)
) WITHOUT ROWID;

CREATE INDEX messages_of_mail ON messages (mail);

-- Counting an inbox must not mean reading it.
CREATE TABLE inboxes (
    inbox    TEXT PRIMARY KEY,
    messages INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
    INSERT INTO inboxes (inbox, messages) VALUES (NEW.inbox, 1)
    ON CONFLICT (inbox) DO UPDATE SET messages = messages + 1;
END;

CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
    UPDATE inboxes SET messages = messages - 1 WHERE inbox = OLD.inbox;
END;

-- Mails without messages whose raw bytes are still to be removed.
CREATE TABLE discarded (
    id      TEXT PRIMARY KEY,
    receipt TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE accounts (
    id      TEXT PRIMARY KEY,
    created TEXT NOT NULL,
    admin   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE keys (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    digest  TEXT NOT NULL UNIQUE,
    label   TEXT NOT NULL,
    created TEXT NOT NULL
) WITHOUT ROWID;

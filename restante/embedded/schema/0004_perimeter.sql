-- Rules with their hits, and a version by which the listening processes see that the rules are others.

ALTER TABLE rules ADD COLUMN hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rules ADD COLUMN last_hit REAL;   -- seconds since 1970

CREATE TABLE rules_version (
    number INTEGER NOT NULL
);

INSERT INTO rules_version VALUES (0);

CREATE TRIGGER rule_added AFTER INSERT ON rules BEGIN
    UPDATE rules_version SET number = number + 1;
END;

CREATE TRIGGER rule_changed AFTER UPDATE OF document, expires ON rules BEGIN
    UPDATE rules_version SET number = number + 1;
END;

CREATE TRIGGER rule_removed AFTER DELETE ON rules BEGIN
    UPDATE rules_version SET number = number + 1;
END;

-- How each edge stands: the doors of the servers, which read the rules themselves.
CREATE TABLE edges (
    name      TEXT PRIMARY KEY,
    placed    INTEGER NOT NULL,
    succeeded REAL,                      -- seconds since 1970
    failure   TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE tallies (
    name   TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    begun  REAL NOT NULL
) WITHOUT ROWID;

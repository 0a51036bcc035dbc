-- Mail that goes out, what became of it, and who is sent no more.

CREATE TABLE outgoing (
    id       TEXT PRIMARY KEY,
    account  TEXT NOT NULL,
    name     TEXT,                       -- what its client named it by (Idempotency-Key)
    version  INTEGER NOT NULL,
    document TEXT NOT NULL               -- sender, recipients and the state of each, as JSON
) WITHOUT ROWID;

CREATE UNIQUE INDEX outgoing_by_name ON outgoing (account, name) WHERE name IS NOT NULL;
CREATE INDEX outgoing_of_account ON outgoing (account, id);

-- Apart from their descriptions: a list must not step over the bytes.
CREATE TABLE outgoing_content (
    id  TEXT PRIMARY KEY,
    raw BLOB NOT NULL
);

CREATE TABLE outgoing_counts (
    account TEXT NOT NULL,
    period  TEXT NOT NULL,
    mails   INTEGER NOT NULL,
    PRIMARY KEY (account, period)
) WITHOUT ROWID;

CREATE TABLE suppressions (
    account  TEXT NOT NULL,
    address  TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, address)
) WITHOUT ROWID;

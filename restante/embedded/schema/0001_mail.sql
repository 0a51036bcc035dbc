-- Mails, their messages, and who may read them. A message's id begins with its mail's id, and ids sort by arrival.

CREATE TABLE mails (
    number    INTEGER PRIMARY KEY,       -- sorts as the id does; the rowid of the mail's words
    id        TEXT NOT NULL UNIQUE,
    document  TEXT NOT NULL,             -- receipt, summary, size and links, as JSON
    words     TEXT NOT NULL,             -- the words it can be found by, as JSON
    structure BLOB NOT NULL              -- parts and problems, as JSON, compressed when long
);

CREATE TABLE messages (
    inbox          TEXT NOT NULL,
    id             TEXT NOT NULL,
    mail           TEXT NOT NULL,
    original_inbox TEXT NOT NULL,
    domain         TEXT NOT NULL,
    owner          TEXT,
    size           INTEGER NOT NULL,
    folder         TEXT NOT NULL DEFAULT 'inbox',
    labels         TEXT NOT NULL DEFAULT '[]',
    read           INTEGER,
    starred_by     TEXT,
    PRIMARY KEY (inbox, id)
) WITHOUT ROWID;

CREATE INDEX messages_of_mail ON messages (mail);
CREATE INDEX messages_of_domain ON messages (domain, id);
CREATE INDEX messages_of_owner ON messages (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX messages_starred ON messages (starred_by, id) WHERE starred_by IS NOT NULL;

CREATE TABLE attachments (
    md5  TEXT NOT NULL,
    mail TEXT NOT NULL,
    PRIMARY KEY (md5, mail)
) WITHOUT ROWID;

-- The words of mails that somebody owns: subject, from, to, text, and tokens of the owners.
CREATE VIRTUAL TABLE words USING fts5 (s, f, t, x, owners, tokenize = 'ascii', detail = 'column');

-- Counting a shelf must not mean reading it.
CREATE TABLE counts (
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    messages INTEGER NOT NULL,
    unread   INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;

CREATE VIEW shelved AS
    SELECT 'inbox' AS kind, inbox AS name, inbox, id, read, size FROM messages
    UNION ALL SELECT 'domain', domain, inbox, id, read, size FROM messages
    UNION ALL SELECT 'account', owner, inbox, id, read, size FROM messages WHERE owner IS NOT NULL
    UNION ALL SELECT 'starred', starred_by, inbox, id, read, size FROM messages WHERE starred_by IS NOT NULL;

CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
    INSERT INTO counts (kind, name, messages, unread, size)
    SELECT kind, name, 1, read IS NOT 1, size FROM shelved WHERE inbox = NEW.inbox AND id = NEW.id
    ON CONFLICT (kind, name) DO UPDATE
    SET messages = messages + 1, unread = unread + excluded.unread, size = size + excluded.size;
END;

CREATE TRIGGER message_removed BEFORE DELETE ON messages BEGIN
    INSERT INTO counts (kind, name, messages, unread, size)
    SELECT kind, name, -1, -(read IS NOT 1), -size FROM shelved WHERE inbox = OLD.inbox AND id = OLD.id
    ON CONFLICT (kind, name) DO UPDATE
    SET messages = messages - 1, unread = unread + excluded.unread, size = size + excluded.size;
END;

CREATE TRIGGER message_leaves_its_shelves BEFORE UPDATE OF owner, read, starred_by ON messages BEGIN
    INSERT INTO counts (kind, name, messages, unread, size)
    SELECT kind, name, -1, -(read IS NOT 1), -size FROM shelved WHERE inbox = OLD.inbox AND id = OLD.id
    ON CONFLICT (kind, name) DO UPDATE
    SET messages = messages - 1, unread = unread + excluded.unread, size = size + excluded.size;
END;

CREATE TRIGGER message_enters_its_shelves AFTER UPDATE OF owner, read, starred_by ON messages BEGIN
    INSERT INTO counts (kind, name, messages, unread, size)
    SELECT kind, name, 1, read IS NOT 1, size FROM shelved WHERE inbox = NEW.inbox AND id = NEW.id
    ON CONFLICT (kind, name) DO UPDATE
    SET messages = messages + 1, unread = unread + excluded.unread, size = size + excluded.size;
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

CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE reservations (
    inbox    TEXT PRIMARY KEY,
    owner    TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX reservations_of_owner ON reservations (owner, inbox);

CREATE TABLE aliases (
    token TEXT PRIMARY KEY,
    inbox TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE domains (
    name     TEXT PRIMARY KEY,
    owner    TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX domains_of_owner ON domains (owner, name);

CREATE TABLE jobs (
    id       TEXT PRIMARY KEY,
    document TEXT NOT NULL,              -- kind, payload and time of making, as JSON
    lane     TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due      REAL NOT NULL,              -- seconds since 1970: when it may be taken, or its lease ends
    leased   INTEGER NOT NULL DEFAULT 0,
    buried   REAL,                       -- when it was given up
    reason   TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE INDEX jobs_due ON jobs (lane, due) WHERE buried IS NULL;
CREATE INDEX jobs_buried ON jobs (buried) WHERE buried IS NOT NULL;

-- What came last, in the order of its commits: what live listeners are told of.
CREATE TABLE feed (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    mail   TEXT NOT NULL
);

CREATE TABLE rules (
    subject  TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    expires  REAL                        -- seconds since 1970; NULL for a rule that stays
) WITHOUT ROWID;

CREATE TABLE operations (
    account TEXT NOT NULL,
    month   TEXT NOT NULL,
    number  INTEGER NOT NULL,
    PRIMARY KEY (account, month)
) WITHOUT ROWID;

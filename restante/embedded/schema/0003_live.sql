-- Hooks, and what became of the tries to tell them.

CREATE TABLE hooks (
    id       TEXT PRIMARY KEY,
    owner    TEXT NOT NULL,
    scope    TEXT,                       -- NULL for an implicit hook: its address names it
    document TEXT NOT NULL,
    created  REAL NOT NULL
) WITHOUT ROWID;

CREATE INDEX hooks_of_owner ON hooks (owner, created);
CREATE INDEX hooks_of_scope ON hooks (scope) WHERE scope IS NOT NULL;

CREATE TABLE deliveries (
    hook     TEXT NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
    id       TEXT NOT NULL,              -- sorts by time
    document TEXT NOT NULL,
    PRIMARY KEY (hook, id)
) WITHOUT ROWID;

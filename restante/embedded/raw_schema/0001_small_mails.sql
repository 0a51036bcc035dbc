-- Raw mail of ordinary size, with the receipt that its index entry can be made from.

CREATE TABLE mails (
    id      TEXT PRIMARY KEY,
    receipt TEXT NOT NULL,               -- as JSON
    content BLOB NOT NULL
);

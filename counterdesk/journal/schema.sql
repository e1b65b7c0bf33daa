-- Version 1. What stands here in the clear is what support may read: ids, states, counts, times and sizes. Each `sealed`
-- holds a key of its own, wrapped under the officer's key of that generation, and what is encrypted under it (ring.py).
CREATE TABLE file (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    id      TEXT NOT NULL,
    mode    TEXT NOT NULL,
    station TEXT NOT NULL,
    counter TEXT NOT NULL
) STRICT;

-- How an officer's key is had back: passphrase, keyring, escrow. A new generation is a new key.
CREATE TABLE slot (
    officer    TEXT NOT NULL,
    generation INTEGER NOT NULL CHECK (generation > 0),
    kind       TEXT NOT NULL CHECK (kind IN ('passphrase', 'keyring', 'escrow')),
    params     BLOB NOT NULL,
    wrapped    BLOB NOT NULL,
    PRIMARY KEY (officer, generation, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
    officer    TEXT NOT NULL,
    generation INTEGER NOT NULL,
    case_id    TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    service    TEXT NOT NULL,
    version    INTEGER NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('here', 'sent')),
    at         TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    PRIMARY KEY (officer, generation, case_id)
) STRICT;

-- AUTOINCREMENT: a place in the line is never given twice, so that what is revived stands at the end.
CREATE TABLE outbox (
    place      INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    officer    TEXT NOT NULL,
    generation INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'dead')),
    kind       TEXT NOT NULL,
    since      TEXT NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    error      TEXT NOT NULL DEFAULT '',
    code       TEXT NOT NULL DEFAULT '',
    params     BLOB NOT NULL DEFAULT X'7B7D',
    sealed     BLOB NOT NULL
) STRICT;

-- One of a kind for an officer: where he stands (place), and what signs him in without the station (identity).
CREATE TABLE single (
    officer    TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('place', 'identity')),
    generation INTEGER NOT NULL,
    sealed     BLOB NOT NULL,
    PRIMARY KEY (officer, kind)
) STRICT;

-- The station's audit trail as this terminal last saw it.
CREATE TABLE checkpoint (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    root TEXT NOT NULL
) STRICT;

-- Step 1. Several stations live in one file; each is one stream numbered from 1 without gaps.
CREATE TABLE event (
    station TEXT NOT NULL,
    seq     INTEGER NOT NULL CHECK (seq > 0),
    command TEXT NOT NULL,
    body    BLOB NOT NULL,
    PRIMARY KEY (station, seq)
) STRICT, WITHOUT ROWID;

-- The first answer to each command id, kept for ever: a desk may come back after weeks and ask again.
-- It holds no events, only the first and the last number: the events stand in the stream.
CREATE TABLE answer (
    station     TEXT NOT NULL,
    command     TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    first_seq   INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL,
    refused     TEXT,
    params      BLOB NOT NULL,
    PRIMARY KEY (station, command)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_file (
    station TEXT NOT NULL,
    case_id TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    body    BLOB NOT NULL,
    PRIMARY KEY (station, case_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    station  TEXT NOT NULL,
    officer  TEXT NOT NULL,
    name     TEXT NOT NULL,
    actor    BLOB NOT NULL,
    password TEXT NOT NULL,
    PRIMARY KEY (station, officer)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token   TEXT NOT NULL PRIMARY KEY,
    station TEXT NOT NULL,
    officer TEXT NOT NULL,
    expires REAL NOT NULL
) STRICT, WITHOUT ROWID;

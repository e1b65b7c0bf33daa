-- Step 2: what the whole database is for, the audit trail, sessions in families, failures that outlive a restart.
-- The sessions of step 1 end here: their tokens name no mode. Nothing else is lost.
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- audit: the key under which cases stand in the trail. escrow: the station's public key, '' if there is none.
CREATE TABLE station_key (
    station TEXT NOT NULL PRIMARY KEY,
    audit   BLOB NOT NULL,
    escrow  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    station TEXT NOT NULL,
    seq     INTEGER NOT NULL CHECK (seq > 0),
    body    BLOB NOT NULL,
    hash    BLOB NOT NULL,
    PRIMARY KEY (station, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the trail is not changed'); END;

CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the trail is not cut'); END;

DROP TABLE session;

-- One sign-in with all its tokens. generation: how often its tokens were renewed, the last time at `rotated`;
-- confirmed: a token of that generation has been used. active: the last request of a person.
CREATE TABLE session (
    family     TEXT NOT NULL PRIMARY KEY,
    station    TEXT NOT NULL,
    officer    TEXT NOT NULL,
    mode       TEXT NOT NULL,
    generation INTEGER NOT NULL,
    rotated    REAL NOT NULL,
    confirmed  INTEGER NOT NULL,
    active     REAL NOT NULL,
    expires    REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Refresh tokens stay until their session ends, so that a used one is known when it comes again.
CREATE TABLE token (
    token      TEXT NOT NULL PRIMARY KEY,
    family     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    generation INTEGER NOT NULL,
    expires    REAL NOT NULL,
    dead       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX token_of_session ON token (family);

CREATE TABLE failure (
    station TEXT NOT NULL,
    officer TEXT NOT NULL,
    count   INTEGER NOT NULL,
    at      REAL NOT NULL,
    PRIMARY KEY (station, officer)
) STRICT, WITHOUT ROWID;

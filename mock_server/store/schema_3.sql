-- Step 3: what an officer leaves to the next one at his counter. at: seconds since the epoch, for erasing in time.
CREATE TABLE shift_note (
    station TEXT NOT NULL,
    counter TEXT NOT NULL,
    at      REAL NOT NULL,
    body    BLOB NOT NULL,
    PRIMARY KEY (station, counter)
) STRICT, WITHOUT ROWID;

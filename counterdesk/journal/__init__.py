"""What must survive this terminal: drafts and commands that the station has not acknowledged, encrypted.

`journal.py` is what a desk uses, `model.py` what goes in and out; below them `book.py` (the SQLite file), `ring.py`
(keys in memory), `slots.py` (how an officer's key is had back), `files.py` (the file system), `keyring_probe.py` (the
system keyring, in a child process) and `escrow.py` (the file of a dead terminal). It knows bytes and ids, no case.
"""

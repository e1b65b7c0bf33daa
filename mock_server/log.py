"""The server's log: one JSON object a line on stderr, made of codes and numbers and never of anybody's words.

No body, name, value, path or header enters it: a request is known by its route's template. ASCII only, so that nothing
in it can steer a terminal.
"""

from __future__ import annotations

import json
import logging
import queue
import sys
import threading
import traceback
from datetime import datetime
from pathlib import Path
from typing import TextIO

from counterdesk.station.model import TIMEZONE

NAME = "counterdesk.server"
_WAITING = 10_000


class JsonFormatter(logging.Formatter):
    """A record as one JSON line: time, level, event, then `fields`. An exception becomes its type and its places."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, TIMEZONE).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            # The template without its values.
            "event": record.msg if isinstance(record.msg, str) else record.name,
        }
        fields |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            # Not the message: it may quote what somebody typed.
            fields["exception"] = type(error).__name__
            places = traceback.extract_tb(error.__traceback__)[-6:]
            fields["at"] = [f"{Path(place.filename).name}:{place.lineno}" for place in places]
        return json.dumps(fields, ensure_ascii=True, default=str)


class StreamLog(logging.Handler):
    """Writes on a thread of its own and drops lines when nobody takes them: a full pipe must not stop the hall."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line over."""
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            return

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                return

    def close(self) -> None:
        """Write what waits, for at most a second."""
        try:
            self._lines.put(None, timeout=1.0)
            self._thread.join(timeout=1.0)
        except queue.Full:
            pass
        super().close()


def configure(stream: TextIO | None = None) -> logging.Handler:
    """Send this server's log and uvicorn's warnings to `stream` (stderr). Returns the handler; close it at the end."""
    handler = StreamLog(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name, level in ((NAME, logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False
    return handler


def release(handler: logging.Handler) -> None:
    """Undo `configure`, writing what still waits."""
    for name in (NAME, "uvicorn"):
        logging.getLogger(name).removeHandler(handler)
    handler.close()


def write(event: str, **fields: object) -> None:
    """Write one line. Fields are codes, ids of officers and machines, and numbers."""
    logging.getLogger(NAME).info(event, extra={"fields": fields})


def failure(event: str, error: BaseException, **fields: object) -> None:
    """Write one line about an error: its type and its places in the code, never its words."""
    logging.getLogger(NAME).error(event, exc_info=error, extra={"fields": fields})

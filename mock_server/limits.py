"""What one peer may take of the server before any request of his is looked at: connections, and time to say what he
wants. Bodies and headers have their limits in `api`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS = 256
"""Of one address at a time. A hall behind one router has fifty desks with two connections each."""
HEADER_TIME = 15.0
"""Seconds in which the first request of a connection must have its headers here."""
_BUSY = (
    b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\nretry-after: 5\r\ncontent-length: 28\r\n"
    b'connection: close\r\n\r\n{"error":"busy","seconds":5}'
)


def limited(connections: int = CONNECTIONS, header_time: float = HEADER_TIME) -> type[H11Protocol]:
    """A protocol for uvicorn whose peers share these limits."""
    peers: Counter[str] = Counter()

    class Limited(H11Protocol):
        _peer = ""
        _patience: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Count a connection; one too many is told so and closed."""
            super().connection_made(transport)
            peer = str(self.client[0]) if self.client else ""
            if peers[peer] >= connections:
                transport.write(_BUSY)
                transport.close()
                return
            peers[peer] += 1
            self._peer = peer
            self._patience = self.loop.call_later(header_time, self._give_up)

        def _give_up(self) -> None:
            if self.cycle is None:
                self.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            """Give the place back."""
            if self._patience is not None:
                self._patience.cancel()
                self._patience = None
                peers[self._peer] -= 1
                if not peers[self._peer]:
                    del peers[self._peer]
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            """Take bytes, unless the connection was one too many."""
            if self._patience is not None:
                super().data_received(data)

    made: Any = Limited
    return made  # type: ignore[no-any-return]

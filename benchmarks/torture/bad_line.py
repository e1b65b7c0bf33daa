"""A line that breaks: a proxy on the loopback that does to a connection what networks do, at random, and counts it.

reset: both ends are told that the other is gone. cut: half of what came goes on, then a reset. lost: what came is
swallowed, then a reset. hole: everything is swallowed and nobody is told. slow: it comes late. sliced: byte by byte.
closed: half of it goes on, then a quiet end, some time later.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter
from contextlib import suppress

_ABORT = struct.pack("ii", 1, 0)
_KINDS = ("reset", "cut", "lost", "slow", "sliced", "closed", "hole")
_WEIGHTS = (20, 20, 20, 16, 14, 8, 2)
_SLICES = 60
"""Bytes that are sent one by one; the rest of a part follows as it is."""

Writer = asyncio.StreamWriter


class _Broken(Exception):
    """The connection was broken on purpose."""


class BadLine:
    """Stands at `port` for whatever listens on `upstream`. faults: how many of each kind there were so far.

    share: how many of the parts that pass meet a fault, while not calm.
    """

    def __init__(self, seed: int, share: float = 0.25) -> None:
        self.upstream = 0
        self.calm = False
        self.faults: Counter[str] = Counter()
        self.port = 0
        self._share = share
        self._random = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen from now on."""
        self._server = await asyncio.start_server(self._met, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Break what is open and listen no more."""
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _met(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        ends = [writer]
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self.upstream)
            ends.append(onward)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(reader, onward))
                tasks.create_task(self._pass(there, writer))
        except (OSError, ExceptionGroup):
            for end in ends:
                _abort(end)
        finally:
            for end in ends:
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _pass(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Pass on what comes until either side ends, then end the other."""
        while part := await reader.read(65536):
            if not self.calm and self._random.random() < self._share:
                (kind,) = self._random.choices(_KINDS, _WEIGHTS)
                self.faults[kind] += 1
                await self._do(kind, part, reader, writer)
            else:
                writer.write(part)
                await writer.drain()
        raise _Broken

    async def _do(self, kind: str, part: bytes, reader: asyncio.StreamReader, writer: Writer) -> None:
        half = part[: self._random.randrange(len(part) + 1)]
        if kind in ("cut", "closed"):
            writer.write(half)
            await writer.drain()
        if kind == "closed":
            await asyncio.sleep(0.02)
            writer.write_eof()
        elif kind == "hole":
            while await reader.read(65536):
                pass
        elif kind == "slow":
            await asyncio.sleep(self._random.uniform(0.005, 0.06))
            writer.write(part)
        elif kind == "sliced":
            for at in range(min(len(part), _SLICES)):
                writer.write(part[at : at + 1])
                await writer.drain()
                await asyncio.sleep(0)
            writer.write(part[_SLICES:])
        if kind not in ("slow", "sliced"):
            raise _Broken


def _abort(writer: Writer) -> None:
    """End a connection so that the other side sees a reset."""
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    writer.transport.abort()

"""The one thread that touches the store and the stations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mock_server.store.base import StoreError

T = TypeVar("T")


class Writer:
    """Runs jobs one after the other, in the order they were given, away from the event loop.

    That order is what makes two counters that ask for the next ticket in the same instant get two tickets, and an
    fsync that takes long delay no heartbeat.

    recover: called on the thread before the next job once a job ended in a StoreError; what a failed commit left
    behind is known only after opening the store again.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="station-writer")
        self._broken = False
        self.recover: Callable[[], None] = lambda: None

    async def run(self, job: Callable[[], T]) -> T:
        """Run a job; once begun it is done to its end, even if the one who waits goes away. Raises: what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._guarded, job)

    def _guarded(self, job: Callable[[], T]) -> T:
        if self._broken:
            self.recover()
            self._broken = False
        try:
            return job()
        except StoreError:
            self._broken = True
            raise

    def close(self) -> None:
        """Finish the jobs that were given and end the thread."""
        self._pool.shutdown(wait=True)

"""The hall's board over HTTP: a stream of boards, and the page that shows it to whoever passes by.

Both hold what `counterdesk.station.board` makes and nothing else. The page needs no session, because a board hangs
where everybody looks; a station that does not want it in its network switches it off (`--no-board`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import urlencode

import msgspec
from starlette.types import Receive, Scope, Send

from counterdesk.locale import Words
from counterdesk.station.board import Board, BoardCall, BoardGroup, same
from mock_server.feed import Feed
from mock_server.stream import ENDED, Stream

BURST = 0.2
"""Seconds in which what happens makes one board."""
MOST_READERS = 64
"""Boards without a session that are read at a time; a hall has a few."""
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LANGUAGES = {"zh": "zh_CN", "en": "en"}
_TAGS = {"zh": "zh-CN", "en": "en"}


class BoardStream(Stream):
    """Sends the board, at once and whenever it is another.

    look: makes the board. stands: whether the reader may still look; asked at each turn. done: called at the end.
    """

    def __init__(
        self,
        feed: Feed,
        look: Callable[[], Board],
        stands: Callable[[], Awaitable[bool]],
        heartbeat: float,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        self._feed = feed
        self._look = look
        self._stands = stands
        self._heartbeat = heartbeat
        self._done = done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._done()

    async def _run(self, write: Callable[[bytes], Awaitable[None]]) -> bytes:
        feed, time = self._feed, asyncio.get_running_loop().time
        shown: Board | None = None
        due = 0.0
        while not feed.closed:
            if not await self._stands():
                return ENDED
            cursor, bell, board = feed.newest, feed.bell, self._look()
            if not same(shown, board):
                shown = board
                await write(b"event: board\ndata: %s\n\n" % msgspec.json.encode(board))
                due = time() + self._heartbeat
            elif time() >= due:
                # `seq` as every sign of life has it; `at` tells a page how its own clock stands to the hall's.
                alive = msgspec.json.encode({"seq": cursor, "at": board.at})
                await write(b"event: alive\ndata: %s\n\n" % alive)
                due = time() + self._heartbeat
            await feed.wait(cursor, bell, max(0.0, due - time()))
            if feed.newest != cursor:
                await asyncio.sleep(BURST)
        return b""


@lru_cache
def asset(name: str) -> bytes:
    """A file of the page."""
    return files(__package__).joinpath("pages", name).read_bytes()


@lru_cache
def _words(language: str) -> Words:
    return Words.load(_LANGUAGES[language])


def page(board: Board, language: str, station: str) -> str:
    """The page with the board as it is now, so that it also tells something where no script runs.

    language: zh or en. station: "" for the server's own.
    """
    words = _words(language)
    other = "en" if language == "zh" else "zh"
    own = {"station": station} if station else {}
    called = [call for call in board.calls if call.state == "called"]
    there = [call for call in board.calls if call.state != "called"]
    lines = [_call(call, words, first=not place) for place, call in enumerate(called)]
    lines += [_call(call, words, first=False) for call in there]
    texts = {f"w_{name}": escape(words(f"hall_board.{name}")) for name in _SAID}
    return Template(asset("board.html").decode()).substitute(
        texts,
        lang=_TAGS[language],
        title=escape(board.name),
        name=escape(board.name),
        at=board.at.isoformat(),
        clock=f"{board.at:%H:%M}",
        events=escape(_address("/board/events", own)),
        other=escape(_address("/board", own | {"lang": other})),
        other_lang=_TAGS[other],
        calls="".join(lines),
        none_hidden=" hidden" if lines else "",
        groups="".join(_group(group, language, words) for group in board.groups),
    )


_SAID = (
    *("heading", "call", "to", "there", "none", "waiting", "group", "people", "longest", "minutes", "note", "other"),
    *("online", "offline", "age", "between"),
)


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _call(call: BoardCall, words: Words, *, first: bool) -> str:
    looks = "call there" if call.state == "serving" else "call first" if first else "call"
    said = "hall_board.to" if call.state == "called" else "hall_board.there"
    before, _, after = words(said, counter="\0").partition("\0")
    return (
        f'<li class="{looks}"><span class="number">{escape(call.number)}</span> '
        f'<span class="to">{escape(before)}</span><span class="counter">{escape(call.counter)}</span>'
        f'<span class="to">{escape(after)}</span></li>'
    )


def _group(group: BoardGroup, language: str, words: Words) -> str:
    name = group.name.en if language == "en" else group.name.zh
    longest = words("hall_board.minutes", minutes=group.longest) if group.waiting else "–"
    head = escape(f"{group.letter} {name}")
    return f'<tr><th scope="row">{head}</th><td>{group.waiting}</td><td>{escape(longest)}</td></tr>'

"""Strings of whoever means harm, made from a grammar, and what may stand in the bytes that a terminal gets."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from counterdesk.text import has_unsafe

_CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
_STEERING = [
    *map(chr, (0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010))),
    *map(chr, (*range(0x2028, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0)),
    *map(chr, (*range(0xFFF0, 0xFFFD), 0xFFFE, 0xFFFF, 0xD800, 0xDFFF, 0xE0001, 0xE0020, 0xE007F, 0xE0100, 0xE01EF)),
    *map(chr, (0xF0000, 0xFFFFD, 0x100000, 0x10FFFF)),
]
_ORDERS = (
    *(
        "\x1b[2J\x1b[1;1H",
        "\x1b]52;c;ZXZpbA==\x07",
        "\x1b]52;c;ZXZpbA==\x1b\\",
        "\x9d52;c;ZXZpbA==\x9c",
        "\x1b]0;title\x07",
    ),
    *(
        "\x1b]8;;http://x\x1b\\x\x1b]8;;\x1b\\",
        "\x1bP$q\x1b\\",
        "\x1b_Gf=24;AAAA\x1b\\",
        "\x1b^x\x1b\\",
        "\x1bc",
        "\x1b[c",
    ),
    *(
        "\x1b[21t",
        "\x1b[8;9;9t",
        "\x9b31m",
        "\x1b[?1049l",
        "\x1b[?1000h",
        "\x1b[6n",
        "\x1b(0",
        "\x0e",
        "\x1b#8",
        "\x1b%@",
    ),
    *("\x1b[200~", "\x1b[201~", "\x1b]1337;File=:AAAA\x07", "\x1b[>4;2m", "\x1b[?2026h", "\x1bZ", "\x05", "\x1b[5i"),
)
_MARKUP = (
    *(
        "[/]",
        "[",
        "]",
        "[/",
        "[b]",
        "[/b]",
        "[red]x",
        "[@click=app.quit]x[/]",
        "[@click='app.bell']",
        "[link=http://x]y",
    ),
    *(
        "[type=x, v={'a[0]'}]",
        "\\[",
        "[bold",
        "[[",
        "]]",
        "$primary",
        "[$error]",
        "{x}",
        "{0}",
        "%s",
        "%(x)s",
        "[#ff0000]",
    ),
)
_NAMES = (
    *(
        "张伟",
        "欧阳娜娜",
        "阿依古丽·买买提",
        "Nguyễn Văn An",
        "O'Neill",
        "𠮷野家",
        "㐂",
        "e\u0301",
        "👩\u200d👩\u200d👧",
        "🇨🇳",
    ),
    *(
        "1\ufe0f\u20e3",
        "คำ",
        "क्षत्रिय",
        "\u0627\u0644\u0639",
        "\U0001f9d1\U0001f3fd",
        "\ue000",
        "a" + "\u0301" * 12,
        "\ufffd",
    ),
    *("310000199001010010", "沪A·D12345", "\u1100\u1161\u11a8", "ﷺ", "Ⅷ", "①", "ｆｕｌｌ"),
)
_LINES = ("\n", "\r", "\r\n", "\t", "\v", "\f", "\x85", "\u2028", "\u2029", "\0")


def string(draw: random.Random, most: int = 6) -> str:
    """A string of up to so many pieces, of which at least one is hostile; sometimes very long."""
    if draw.random() < 0.002:
        return draw.choice((*_NAMES, *_STEERING, *_ORDERS)) * draw.choice((1_000, 30_000))
    pieces = []
    for _ in range(draw.randint(1, most)):
        pool = draw.choice((_CONTROLS, _STEERING, _ORDERS, _MARKUP, _NAMES, _LINES))
        pieces.append(draw.choice(pool))
    if all(piece in _NAMES for piece in pieces):
        pieces.insert(draw.randrange(len(pieces) + 1), draw.choice(draw.choice((_CONTROLS, _STEERING, _ORDERS))))
    return "".join(pieces)


def strings(draw: random.Random) -> Iterator[str]:
    """Such strings without end."""
    while True:
        yield string(draw)


def forbidden(text: str) -> int:
    """How many code points of a drawn text steer a terminal."""
    return sum(has_unsafe(char) for char in text)


# What this program writes to a terminal: cursor and erasing, attributes, modes, queries, keypad and charsets.
_OWN = re.compile(
    rb"\x1b\[[0-9;]*[ABCDHJKmr]|\x1b\[\?(?:1|6|7|25|1000|1002|1003|1004|1005|1006|1015|1016|1049|2004|2026|2048)[hl]"
    rb"|\x1b\[\?(?:2026|2048)\$p|\x1b\[<u|\x1b\[4l|\x1b\[c|\x1b\[6n|\x1b[()][0AB]|\x1b[=>78]|\x1b\\|\x0f"
    rb"|\x1b\]22;default\x07|[\x08\n\r]"
)


def foreign(raw: bytes) -> list[str]:
    """What steers in the bytes of a terminal and is no sequence of this program, with what stands around it."""
    rest = _OWN.sub(b"", raw).decode("utf-8", "backslashreplace")
    return [rest[max(at - 12, 0) : at + 13] for at, char in enumerate(rest) if has_unsafe(char)]

"""Numbers that are read from across a room: characters drawn with half blocks, at any whole scale."""

from __future__ import annotations

from functools import lru_cache

WIDTH, HEIGHT = 5, 7
"""Of a character at scale 1, in dots; a dot is one cell wide and half a cell high, which is about a square."""

_DOTS = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "3": "11110 00001 00001 01110 00001 00001 11110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "01110 10000 10000 11110 10001 10001 01110",
    "7": "11111 00001 00010 00100 00100 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "9": "01110 10001 10001 01111 00001 00001 01110",
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "B": "11110 10001 10001 11110 10001 10001 11110",
    "C": "01111 10000 10000 10000 10000 10000 01111",
    "D": "11110 10001 10001 10001 10001 10001 11110",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "F": "11111 10000 10000 11110 10000 10000 10000",
    "G": "01111 10000 10000 10011 10001 10001 01111",
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "I": "01110 00100 00100 00100 00100 00100 01110",
    "J": "00111 00010 00010 00010 00010 10010 01100",
    "K": "10001 10010 10100 11000 10100 10010 10001",
    "L": "10000 10000 10000 10000 10000 10000 11111",
    "M": "10001 11011 10101 10101 10001 10001 10001",
    "N": "10001 11001 10101 10101 10011 10001 10001",
    "O": "01110 10001 10001 10001 10001 10001 01110",
    "P": "11110 10001 10001 11110 10000 10000 10000",
    "Q": "01110 10001 10001 10001 10101 10010 01101",
    "R": "11110 10001 10001 11110 10100 10010 10001",
    "S": "01111 10000 10000 01110 00001 00001 11110",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "U": "10001 10001 10001 10001 10001 10001 01110",
    "V": "10001 10001 10001 10001 01010 01010 00100",
    "W": "10001 10001 10001 10101 10101 11011 10001",
    "X": "10001 10001 01010 00100 01010 10001 10001",
    "Y": "10001 10001 01010 00100 00100 00100 00100",
    "Z": "11111 00001 00010 00100 01000 10000 11111",
    "-": "00000 00000 00000 11111 00000 00000 00000",
    " ": "00000 00000 00000 00000 00000 00000 00000",
}
_CELLS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def drawable(text: str) -> bool:
    """Whether every character of a text can be drawn."""
    return bool(text) and all(char in _DOTS for char in text.upper())


def size(text: str, scale: int) -> tuple[int, int]:
    """Cells that a text takes: width and height."""
    return max(len(text) * (WIDTH + 1) - 1, 0) * scale, -(-HEIGHT * scale // 2)


@lru_cache(maxsize=256)
def draw(text: str, scale: int) -> tuple[str, ...]:
    """The lines of a text, each of the width that `size` says. Raises: KeyError for what cannot be drawn."""
    shapes = [_DOTS[char].split(" ") for char in text.upper()]
    dots: list[str] = []
    for line in range(HEIGHT):
        row = "0".join(shape[line] for shape in shapes)
        dots += ["".join(dot * scale for dot in row)] * scale
    if len(dots) % 2:
        dots.append("0" * len(dots[0]))
    return tuple(
        "".join(_CELLS[upper == "1", lower == "1"] for upper, lower in zip(dots[at], dots[at + 1], strict=True))
        for at in range(0, len(dots), 2)
    )

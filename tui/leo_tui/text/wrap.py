"""Text broken into lines of a width: between words where it can be."""

from collections.abc import Iterator

from leo_tui.text.width import cells, fitting


def wrapped(text: str, width: int) -> list[str]:
    """Return sanitised `text` in lines of at most `width` cells, at least one line.

    Blanks between words become one; a word that is too long is broken.
    """
    lines: list[str] = []
    room = -1
    for word in _pieces(text, max(1, width)):
        room -= cells(word) + 1
        if room < 0:
            lines.append(word)
            room = max(1, width) - cells(word)
        else:
            lines[-1] += f" {word}"
    return lines or [""]


def folded(text: str, width: int) -> list[str]:
    """Return `text` broken after every `width` cells, all blanks kept."""
    lines: list[str] = []
    begin = 0
    while begin < len(text):
        piece = fitting(_from(text, begin), max(1, width)) or text[begin]
        lines.append(piece)
        begin += len(piece)
    return lines or [""]


def _from(text: str, begin: int) -> Iterator[str]:
    return map(text.__getitem__, range(begin, len(text)))


def _pieces(text: str, width: int) -> Iterator[str]:
    """Yield the words, those over `width` cells in pieces."""
    for word in text.split():
        yield from folded(word, width)

"""Keeping secrets out of what an attempt's log is about to hold, piece by piece.

A secret is looked for as it is, and as addresses, forms and JSON spell it.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

import msgspec

MASK = b"***"


def forms_of(texts: Iterable[str]) -> tuple[bytes, ...]:
    """Return the bytes that must not be shown, longest first."""
    found = set[bytes]()
    for text in filter(None, texts):
        written = text.encode(errors="surrogatepass")
        found.add(written)
        found.update((quote(written).encode(), quote(written, safe="").encode()))
        found.add(quote_plus(written).encode())
        found.add(msgspec.json.encode(text)[1:-1])
    return tuple(sorted(found, key=len, reverse=True))


class Mask:
    """Replaces secrets in a stream; what may be the beginning of one is held back."""

    def __init__(self, forms: tuple[bytes, ...]) -> None:
        self._pattern = re.compile(b"|".join(map(re.escape, forms))) if forms else None
        self._held = b""
        self._held_most = max(map(len, forms), default=1) - 1

    def feed(self, piece: bytes) -> bytes:
        """Return what can be shown by now."""
        if self._pattern is None:
            return piece
        whole = self._held + piece
        shown: list[bytes] = []
        # What begins before this cannot grow any more.
        done, settled = 0, max(0, len(whole) - self._held_most)
        for match in self._pattern.finditer(whole):
            if match.start() >= settled:
                break
            shown += (whole[done : match.start()], MASK)
            done = match.end()
        cut = max(done, settled)
        shown.append(whole[done:cut])
        self._held = whole[cut:]
        return b"".join(shown)

    def flush(self) -> bytes:
        """Return what was held back; the stream has ended."""
        rest, self._held = self._held, b""
        return rest if self._pattern is None else self._pattern.sub(MASK, rest)

    def whole(self, text: str) -> str:
        """Return a text of its own without secrets."""
        if self._pattern is None:
            return text
        return self._pattern.sub(MASK, text.encode(errors="replace")).decode()

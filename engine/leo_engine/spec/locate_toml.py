"""Where keys and values stand in well-formed TOML; runs only when there is a problem.

Source: TOML 1.0.0, toml.io/en/v1.0.0.
"""

from collections.abc import Collection

from leo_engine.spec.locate_values import ValueLocator
from leo_engine.spec.text_place import Path, Span


def locate_toml(text: str, wanted: Collection[Path]) -> dict[Path, Span]:
    """Return the spans of the wanted paths that a TOML text has."""
    scanner = _TomlScanner(text, wanted)
    scanner.scan()
    return scanner.locator.found


class _TomlScanner:
    """Walks the statements: `[table]`, `[[array of tables]]`, `key = value`."""

    def __init__(self, text: str, wanted: Collection[Path]) -> None:
        self.locator = ValueLocator(text, wanted)
        self._text = text
        self._table: Path = ()
        self._lengths: dict[Path, int] = {}
        """{path of an array of tables: tables it has so far}"""

    def scan(self) -> None:
        position = self.locator.blank_end(0)
        while position < len(self._text):
            if self._text[position] == "[":
                following = self._header(position)
            else:
                following = self._pair(position)
            position = self.locator.blank_end(max(following, position + 1))

    def _header(self, position: int) -> int:
        brackets = 2 if self._text.startswith("[[", position) else 1
        parts, end = self.locator.scan_key(self.locator.blank_end(position + brackets))
        end = self._text.find("]", end) + brackets
        path: Path = ()
        for depth, part in enumerate(parts, 1):
            path = (*path, part)
            if depth == len(parts) and brackets == 2:  # noqa: PLR2004 -- as in `[[`
                self._lengths[path] = self._lengths.get(path, 0) + 1
            self.locator.note(path, Span(position, position, end))
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
                self.locator.note(path, Span(position, position, end))
        self._table = path
        return end

    def _pair(self, position: int) -> int:
        parts, end = self.locator.scan_key(position)
        value = self.locator.key_end(end)
        for depth in range(1, len(parts)):
            path = (*self._table, *parts[:depth])
            self.locator.note(path, Span(position, position, end))
        return self.locator.scan_value(value, (*self._table, *parts), position)

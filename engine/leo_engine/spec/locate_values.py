"""Where values stand in text that is already known to be well-formed TOML or JSON.

Inline values look alike in both (TOML writes `=` between key and value, JSON `:`), so
one scanner finds them. It keeps its own stack: nesting costs memory, never recursion.
"""

import re
from collections.abc import Collection

from leo_engine.spec.text_place import Path, Span

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE = re.compile(r"[^\s,\[\]{}#=:]+(?:[: ][^\s,\[\]{}#=]+)*")
_BARE_KEY = re.compile(r"[^\s.=:\"'\[\]{},]+")
_BETWEEN_KEYS = re.compile(r"[ \t]*\.[ \t]*")
_KEY_END = re.compile(r"[ \t\r\n]*[=:]")


class _Container:
    """An array or inline table that is being read."""

    __slots__ = ("count", "is_table", "key", "path", "start")

    def __init__(self, path: Path, *, key: int, start: int, is_table: bool) -> None:
        self.path = path
        self.key = key
        self.start = start
        self.is_table = is_table
        self.count = 0


class ValueLocator:
    """Finds the spans of the wanted paths; `found` grows as text is scanned."""

    def __init__(self, text: str, wanted: Collection[Path]) -> None:
        self.text = text
        self.found: dict[Path, Span] = {}
        self._wanted = wanted

    def note(self, path: Path, span: Span) -> None:
        """Remember a span if it is wanted; the first one counts."""
        if path in self._wanted and path not in self.found:
            self.found[path] = span

    def blank_end(self, position: int) -> int:
        """Return where blanks, line ends and comments end."""
        match = _BLANK.match(self.text, position)
        return match.end() if match else position

    def scan_key(self, position: int) -> tuple[Path, int]:
        """Read a dotted key; return its parts and where it ends."""
        parts: list[str] = []
        while True:
            match = _STRING.match(self.text, position) or _BARE_KEY.match(
                self.text, position
            )
            if match is None:
                return tuple(parts), position
            parts.append(_key_text(match[0]))
            position = match.end()
            dot = _BETWEEN_KEYS.match(self.text, position)
            if dot is None:
                return tuple(parts), position
            position = dot.end()

    def scan_value(self, position: int, path: Path, key: int) -> int:
        """Note the value at `position` and all inside it; return where it ends."""
        open_containers: list[_Container] = []
        target = path
        while True:
            position = self.blank_end(position)
            char = self.text[position : position + 1]
            if char in {"[", "{"}:
                container = _Container(
                    target, key=key, start=position, is_table=char == "{"
                )
                open_containers.append(container)
                position += 1
            elif char not in {"]", "}", ","}:
                end = self._scalar_end(position)
                self.note(target, Span(key, position, end))
                position = end
            position = self._close(position, open_containers)
            if not open_containers or position >= len(self.text):
                return position
            target, key, position = self._next_target(position, open_containers[-1])

    def _close(self, position: int, open_containers: list[_Container]) -> int:
        """Step over commas and closing brackets, noting what is complete."""
        while open_containers:
            position = self.blank_end(position)
            char = self.text[position : position + 1]
            if char == ",":
                position += 1
            elif char in {"]", "}"}:
                position += 1
                done = open_containers.pop()
                self.note(done.path, Span(done.key, done.start, position))
            else:
                break
        return position

    def _next_target(
        self, position: int, container: _Container
    ) -> tuple[Path, int, int]:
        """Return the path of the next value, where its key is, and where it begins."""
        key = position
        if not container.is_table:
            target = (*container.path, container.count)
            container.count += 1
            return target, key, position
        parts, position = self.scan_key(position)
        return (*container.path, *parts), key, self.key_end(position)

    def key_end(self, position: int) -> int:
        """Return the position after `=` or `:`; at least one character further on."""
        match = _KEY_END.match(self.text, position)
        return match.end() if match else position + 1

    def _scalar_end(self, position: int) -> int:
        match = _STRING.match(self.text, position) or _BARE.match(self.text, position)
        return match.end() if match else position + 1


def _key_text(written: str) -> str:
    if written[0] == "'":
        return written[1:-1]
    if written[0] != '"' or "\\" not in written:
        return written.strip('"')
    import rtoml  # noqa: PLC0415 -- only for an escaped key of a file with a problem

    return str(rtoml.loads(f"key = {written}")["key"])


class _Duplicates(ValueLocator):
    """Remembers every path, and where one came up again."""

    def __init__(self, text: str) -> None:
        super().__init__(text, ())
        self._seen: set[Path] = set()
        self.repeated: dict[Path, int] = {}

    def note(self, path: Path, span: Span) -> None:
        if path in self._seen:
            self.repeated.setdefault(path, span.key)
        self._seen.add(path)


def repeated_json_key(text: str) -> int:
    """Return the offset of the first key, nearest the root, that is given again."""
    locator = _Duplicates(text)
    locator.scan_value(0, (), 0)
    repeated = sorted(locator.repeated.items(), key=lambda item: len(item[0]))
    return repeated[0][1] if repeated else 0


def locate_json(text: str, wanted: Collection[Path]) -> dict[Path, Span]:
    """Return the spans of the wanted paths that a JSON text has."""
    locator = ValueLocator(text, wanted)
    locator.scan_value(0, (), 0)
    return locator.found

"""A log in memory, which grows, shrinks and loses its beginning as real ones do."""

from leo_tui.text.line_index import Extent


class BytesFile:
    """A file in memory."""

    def __init__(self, text: bytes = b"") -> None:
        self.text = text
        self.kept_from = 0
        self.identity = (1, 1)
        self.is_there = True
        self.read_bytes = 0

    def extent(self) -> Extent | None:
        """Return how much there is."""
        if not self.is_there:
            return None
        return Extent(len(self.text), self.kept_from, self.identity)

    def read(self, offset: int, count: int) -> bytes:
        """Return bytes, and count them."""
        found = self.text[offset : offset + count] if count > 0 else b""
        self.read_bytes += len(found)
        return found

    def written_from(self, offset: int) -> int:
        """Return where something is written."""
        rest = self.text[offset:]
        return offset + len(rest) - len(rest.lstrip(b"\0")) if rest else offset


def lines_text(count: int, width: int = 100) -> bytes:
    """Return lines that are their numbers, each of `width` bytes."""
    return b"".join(b"%0*d\n" % (width - 1, number) for number in range(count))


def give_back(file: BytesFile, kept_from: int) -> None:
    """Do as `log_max` does: a hole, then a line about it in place of others."""
    mark = b"[leo-tui: some bytes of older output were given back: log_max]"
    end = file.text.index(b"\n", kept_from + len(mark))
    line = mark.ljust(end - kept_from)
    file.text = b"\0" * kept_from + line + file.text[end:]
    file.kept_from = kept_from

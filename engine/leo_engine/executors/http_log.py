"""The log of one HTTP attempt: what was asked, what was answered; secrets masked.

Lines that begin with `>` were sent, those with `<` came back, `*` is said by leo-tui; a
body stands as it came. No more than `max_bytes` are written, and the log says when what
follows is left out.
"""

import os

from leo_engine.executors.masking import Mask

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW


class HttpLog:
    """One attempt's files. Writing raises `OSError` when the disk is full, say."""

    def __init__(
        self,
        log_path: str,
        stdout_path: str,
        forms: tuple[bytes, ...],
        max_bytes: int | None,
    ) -> None:
        """Make the log, and the file that bodies go to apart from it, if any."""
        self._forms = forms
        self._left_bytes = max_bytes
        self._is_line_open = False
        folder = os.path.dirname(log_path)  # noqa: PTH120 -- text in, text out
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 -- text in, text out
        self._log = os.open(log_path, _FLAGS, 0o600)
        self._stdout = -1
        if stdout_path:
            try:
                self._stdout = os.open(stdout_path, _FLAGS, 0o600)
            except OSError:
                os.close(self._log)
                raise

    def close(self) -> None:
        """Close the files."""
        os.close(self._log)
        if self._stdout >= 0:
            os.close(self._stdout)

    @property
    def has_stdout(self) -> bool:
        """Whether the result goes to a file of its own."""
        return self._stdout >= 0

    def note(self, text: str) -> None:
        """Say something about what happens."""
        self.lines("* ", [text])

    def lines(self, sign: str, texts: list[str]) -> None:
        """Write lines of a head, each behind its sign."""
        text = "".join(f"{sign}{line}".rstrip() + "\n" for line in texts)
        self._write(self._log, Mask(self._forms).whole(text).encode())

    def body(self, *, is_result: bool) -> "BodyLog":
        """Begin a body; `is_result`: it is the one that the task was there for."""
        self._end_line()
        is_apart = is_result and self._stdout >= 0
        return BodyLog(self, self._stdout if is_apart else self._log, self._forms)

    def _write(self, file: int, content: bytes) -> None:
        if file == self._log:
            self._end_line()
        self.append(file, content)

    def _end_line(self) -> None:
        if self._is_line_open:
            self.append(self._log, b"\n")

    def append(self, file: int, content: bytes) -> None:
        """Write bytes as they are, as long as there is room for them."""
        left = self._left_bytes
        if not content or left == 0:
            return
        if left is not None:
            content = content[:left]
            self._left_bytes = left - len(content)
        _write_all(file, content)
        if file == self._log:
            self._is_line_open = not content.endswith(b"\n")
        if self._left_bytes == 0:
            _write_all(self._log, b"\n* log_max is reached: the rest is left out\n")


class BodyLog:
    """One body on its way to a file."""

    def __init__(self, log: HttpLog, file: int, forms: tuple[bytes, ...]) -> None:
        self._log = log
        self._file = file
        self._mask = Mask(forms)

    def write(self, piece: bytes) -> None:
        """Add a piece of it."""
        self._log.append(self._file, self._mask.feed(piece))

    def end(self) -> None:
        """Write what was held back."""
        self._log.append(self._file, self._mask.flush())


def _write_all(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]

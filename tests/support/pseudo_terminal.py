"""A terminal, as a program sees one, with a test at its other end.

Answers what Textual asks a terminal, keeps every byte, and shows them as a screen. What
is waited for is a condition with a deadline, never a while.
"""

import contextlib
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from keys_typed import typed
from leo_command import TERMINAL_ENVIRON
from screen_shown import ScreenShown
from terminal_bytes import Size, unrestored

ENVIRON = {
    **{
        name: text
        for name, text in TERMINAL_ENVIRON.items()
        if name not in {"COLUMNS", "LINES"}
    },
    "COLORTERM": "truecolor",
    "LANG": "C.UTF-8",
    # What a test puts on a terminal may use what the tests use.
    "PYTHONPATH": os.pathsep.join(
        [TERMINAL_ENVIRON["PYTHONPATH"], str(Path(__file__).parent)]
    ),
}
_SETSID = shutil.which("setsid") or "setsid"
_ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # synchronised output: yes, now off
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",  # sizes in band: no, by signal
}
_LONGEST_QUESTION = max(map(len, _ANSWERS))
_READ_BYTES = 1 << 18


class PseudoTerminal:
    """A program on a terminal of its own, in a session of its own."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        size: Size = (120, 40),
        environ: Mapping[str, str] = ENVIRON,
    ) -> None:
        self._master, self._slave = pty.openpty()
        self._set_size(size)
        self._termios = termios.tcgetattr(self._slave)
        self._written = bytearray()
        self.arrivals: list[tuple[float, int]] = []
        """When, by `time.perf_counter`, and how many bytes had come by then."""
        self._drawn = 0
        self.size = size
        self._screen = ScreenShown(size)
        self._changed = threading.Condition()
        self._is_read = self._has_heard = True
        self._is_over = False
        self._woken, self._waking = os.pipe()
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [_SETSID, "--ctty", *command],
            cwd=folder,
            env=environ,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def press(self, *keys: str) -> None:
        """Press keys by name: `R`, `enter`, `ctrl+d`.

        After `escape` wait for its effect: with the next key it would be alt.
        """
        os.write(self._master, b"".join(map(typed, keys)))

    def written(self, since: int = 0) -> bytes:
        """Return every byte so far, or from one position on."""
        with self._changed:
            return bytes(memoryview(self._written)[since:])

    def text(self) -> str:
        """Return the screen as it is now, lines without their trailing blanks."""
        self._draw()
        return self._screen.text()

    def _draw(self) -> None:
        new = self.written(self._drawn)
        self._drawn += len(new)
        self._screen.see(new)

    def wait_for(self, wanted: str, patience_s: float = 15) -> str:
        """Return the screen once it shows this text."""
        self.wait_until(lambda: wanted in self.text(), repr(wanted), patience_s)
        return self.text()

    def wait_until(
        self, is_so: Callable[[], object], what: str, patience_s: float = 15
    ) -> None:
        """Wait for what becomes so by something written."""
        deadline = time.perf_counter() + patience_s
        while not is_so():
            left = deadline - time.perf_counter()
            with self._changed:
                is_over = self._is_over
                if left > 0 and not is_over:
                    self._changed.wait(min(left, 0.1))
            if (left <= 0 or is_over) and not is_so():
                why = "it has ended" if is_over else f"not within {patience_s} s"
                raise AssertionError(f"{what}: {why}\n{self.text()}")

    def stop_reading(self) -> None:
        """Take nothing any more of what is written, as after ctrl-S."""
        self._read_or_not(is_read=False)

    def go_on(self) -> None:
        """Read again, what has piled up first."""
        self._read_or_not(is_read=True)

    def resize(self, size: Size) -> None:
        """Change the size; the program gets a SIGWINCH."""
        self.size = size
        self._draw()
        self._screen.resize(size)
        self._set_size(size)

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def is_stopped(self) -> bool:
        """Return whether the program is stopped, as by ctrl-Z."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    def hang_up(self) -> None:
        """Close the terminal: what an emulator does whose window is closed."""
        self._end_reading()

    def finish(self, patience_s: float = 15) -> int:
        """Wait for the program's end and for all it wrote; return its exit code."""
        try:
            code = self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end:\n{self.text()}") from None
        if self._slave >= 0:
            self._termios_after = termios.tcgetattr(self._slave)
            os.close(self._slave)
            self._slave = -1
        self._thread.join(patience_s)
        return code

    def left_behind(self) -> list[str]:
        """Return what an ended program did not put back."""
        found = unrestored(self.written())
        if self._termios_after != self._termios:
            found.append("the line discipline is changed")
        return found

    def close(self) -> None:
        """End the program if it lives, and the terminal."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self._end_reading()

    def _end_reading(self) -> None:
        if self._master < 0:
            return
        with self._changed:
            self._is_over = True
        os.write(self._waking, b"x")
        self._thread.join()
        for descriptor in (self._slave, self._master, self._woken, self._waking):
            if descriptor >= 0:
                os.close(descriptor)
        self._slave = self._master = -1

    def _set_size(self, size: Size) -> None:
        packed = struct.pack("HHHH", size[1], size[0], 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, packed)

    def _read_or_not(self, *, is_read: bool) -> None:
        with self._changed:
            self._is_read = is_read
            os.write(self._waking, b"x")
            # Else a piece that it was just about to take would still come.
            self._changed.wait_for(lambda: self._has_heard is is_read or self._is_over)

    def _read(self) -> None:
        while not self._is_over:
            wanted = [self._woken, *([self._master] if self._is_read else [])]
            ready, _, _ = select.select(wanted, [], [])
            if self._woken in ready:
                os.read(self._woken, 1)
                with self._changed:
                    self._has_heard = self._is_read
                    self._changed.notify_all()
            elif not self._take():
                break
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _take(self) -> bool:
        """Read what is there; False when nobody can write any more."""
        try:
            piece = os.read(self._master, _READ_BYTES)
        except OSError:
            return False
        with self._changed:
            new = bytes(self._written[1 - _LONGEST_QUESTION :]) + piece
            self._written += piece
            self.arrivals.append((time.perf_counter(), len(self._written)))
            self._changed.notify_all()
        for question, answer in _ANSWERS.items():
            os.write(self._master, answer * new.count(question))
        return True

"""Runs a `*.dag.py`: a script, in a process of its own, that prints a DAG as JSON.

The script is the user's and may do anything: hang, fork, print without end. It gets a
session of its own, and the whole of it is killed when the time is up or the output is
more than a DAG can be.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

from leo_engine.errors import Problem, SpecSyntaxError
from leo_engine.task_side import MODULES

_STDERR_KEPT_BYTES = 64 * 1024
_STDERR_LINES_SHOWN = 5
_CHUNK_BYTES = 256 * 1024


def run_script(path: Path, *, deadline_s: float, most_bytes: int) -> bytes:
    """Return what the script prints.

    What it declares by `leo_dag` instead comes as a file, beside what it prints.

    Raises:
        SpecSyntaxError: it did not start, hung, printed too much, or failed; with its
            exit code and the last lines of its stderr.
    """
    import tempfile  # noqa: PLC0415 -- only for scripts

    with tempfile.TemporaryDirectory(prefix="leo-dag-") as folder:
        document = Path(folder) / "document.json"
        printed = _printed(path, document, deadline_s, most_bytes)
        declared = _declared(document, path, most_bytes)
    if declared and printed.strip():
        shown = printed.decode("utf-8", "replace").strip().splitlines()[0][:80]
        raise _failed(
            path,
            f"declares its DAG by leo_dag and prints as well, first {shown!r}; "
            "do one of them (notes may go to stderr)",
        )
    if not declared and not printed:
        raise _failed(path, "printed nothing; it must print the DAG as JSON")
    return declared or printed


def _declared(document: Path, path: Path, most_bytes: int) -> bytes:
    """Return what the script declared; nothing when it did not."""
    if not document.exists():
        return b""
    with document.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise _failed(path, f"declared more than {most_bytes // 1024**2} MiB")
    return content


def _printed(path: Path, document: Path, deadline_s: float, most_bytes: int) -> bytes:
    try:
        process = subprocess.Popen(  # noqa: S603 -- running the user's script is the point
            [sys.executable, path.name],
            cwd=path.parent,
            env=_environment(document),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise _failed(path, f"cannot be run: {error.strerror}") from error
    collected = _Collected(process, most_bytes)
    try:
        fault = collected.collect(deadline_s)
    finally:
        _kill_session(process)
        collected.close()
    if fault:
        raise _failed(path, fault)
    if process.returncode:
        raise _failed(path, _ending(process.returncode) + collected.last_lines())
    return bytes(collected.stdout)


def _environment(document: Path) -> dict[str, str]:
    """Return the caller's variables, and where `leo_dag` is and writes to."""
    places = [MODULES, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(places),
        "LEO_DAG_DOCUMENT": str(document),
    }


class _Collected:
    """Both outputs of a process, read as they come, each up to its limit."""

    def __init__(self, process: "subprocess.Popen[bytes]", most_bytes: int) -> None:
        self._process = process
        self._most_bytes = most_bytes
        self._selector = selectors.DefaultSelector()
        self.stdout = bytearray()
        self._stderr = bytearray()
        for stream, kept in (
            (process.stdout, self.stdout),
            (process.stderr, self._stderr),
        ):
            if stream is not None:
                self._selector.register(stream, selectors.EVENT_READ, kept)

    def collect(self, deadline_s: float) -> str:
        """Read until the script has ended; return what was wrong, or nothing.

        A grandchild that keeps an output open does not keep us: the script's own end
        counts, and what it wrote before is read without waiting.
        """
        end = time.monotonic() + deadline_s  # noqa: TID251 -- the deadline of a script, in the shell; nothing to replay
        while self._process.poll() is None:
            rest = end - time.monotonic()  # noqa: TID251 -- as above
            if rest <= 0:
                return f"still running after {deadline_s:g} s; it was stopped"
            if not self._read_ready(min(rest, 0.05)):
                return self._too_much()
        return "" if self._drain() else self._too_much()

    def _drain(self) -> bool:
        before = -1
        while len(self.stdout) + len(self._stderr) != before:
            before = len(self.stdout) + len(self._stderr)
            if not self._read_ready(0):
                return False
        return True

    def _read_ready(self, wait_s: float) -> bool:
        """Read what there is; False once stdout is over its limit."""
        if not self._selector.get_map():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(wait_s)
            return True
        for key, _ in self._selector.select(wait_s):
            chunk = os.read(key.fd, _CHUNK_BYTES)
            kept: bytearray = key.data
            kept += chunk
            if not chunk:
                self._selector.unregister(key.fileobj)
        del self._stderr[:-_STDERR_KEPT_BYTES]
        return len(self.stdout) <= self._most_bytes

    def _too_much(self) -> str:
        return f"printed more than {self._most_bytes // 1024**2} MiB; it was stopped"

    def last_lines(self) -> str:
        """Return the last lines of stderr, as part of a message of one line."""
        lines = self._stderr.decode("utf-8", "replace").splitlines()
        shown = [line.strip() for line in lines if line.strip()][-_STDERR_LINES_SHOWN:]
        return f": {' | '.join(shown)}"[:1000] if shown else " and said nothing"

    def close(self) -> None:
        """Close both pipes."""
        self._selector.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def _kill_session(process: "subprocess.Popen[bytes]") -> None:
    """Kill whatever is left of the script's process group, and reap the script."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ending(returncode: int) -> str:
    if returncode > 0:
        return f"failed with exit code {returncode}"
    return f"was killed by signal {-returncode}"


def _failed(path: Path, message: str) -> SpecSyntaxError:
    problem = Problem(message=f"the script {message}", file=str(path), line=1, column=1)
    return SpecSyntaxError([problem])

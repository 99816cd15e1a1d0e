"""A DAG folder with leo-tui run on it as a process, watched and killed from outside."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ledger import Ledger
from stored import Stored

ROOT = Path(__file__).parents[2]
_MARK = "TEST_PLACE"
"""Names the place in the environment of whatever was started on it."""

_EXECUTE = (
    "import os, sys\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'leo_tui', *sys.argv[1:]])"
)


class Process(NamedTuple):
    """A living process that was started, however indirectly, on a place."""

    pid: int
    parent: int
    command: str
    attempt: str
    """`run task attempt` when it is of a task, else empty."""

    @property
    def is_warden(self) -> bool:
        """Whether it starts tasks for an engine."""
        return "leo_engine.executors.warden" in self.command


class Place:
    """A folder of DAGs, its ledger, and every process that was started on it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.dags = folder / "dags"
        self.dags.mkdir(exist_ok=True)
        self.ledger = Ledger(folder / "ledger")
        self.database = self.dags / ".leo" / "leo.db"
        self.said = folder / "said.txt"
        """All that leo-tui has printed here."""
        self._started: list[subprocess.Popen[bytes]] = []
        self.mark = {_MARK: str(folder)}
        self.environ = {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'tui'}{os.pathsep}{ROOT / 'engine'}",
            "PYTHONFAULTHANDLER": "1",
            **self.mark,
        }

    def write_dag(self, text: str, name: str = "work") -> None:
        """Write a DAG file; `@ledger` in it stands for the ledger's functions."""
        shell = str(self.ledger.shell)
        (self.dags / f"{name}.toml").write_text(text.replace("@ledger", shell))

    def start(self, *arguments: str, before: str = "") -> "subprocess.Popen[bytes]":
        """Start `leo-tui` in a session of its own and leave it to itself.

        `before` is Python that the process executes first; what it does to itself must
        outlive an exec.
        """
        if not before:
            return self.start_python("-m", "leo_tui", *arguments)
        return self.start_python("-c", f"{before}\n{_EXECUTE}", *arguments)

    def start_python(
        self, *arguments: str, keep: Sequence[int] = ()
    ) -> "subprocess.Popen[bytes]":
        """Start a Python program that uses the engine; it keeps descriptors `keep`."""
        with self.said.open("ab") as said:
            said.write(f"--- {' '.join(arguments[:4])}\n".encode())
            started = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                pass_fds=keep,
            )
        self._started.append(started)
        return started

    def leo(self, *arguments: str, before: str = "", patience_s: float = 60) -> int:
        """Run `leo-tui` to its end and return its exit code."""
        return self.end_of(self.start(*arguments, before=before), patience_s)

    def end_of(self, leo: "subprocess.Popen[bytes]", patience_s: float = 60) -> int:
        """Return its exit code; what hangs is made to say where, and the test fails."""
        try:
            return leo.wait(patience_s)
        except subprocess.TimeoutExpired:
            left = "\n".join(map(str, self.processes()))
            leo.send_signal(signal.SIGABRT)
            leo.wait()
            message = f"leo-tui hangs:\n{self.last_words()}\n{left}"
            raise AssertionError(message) from None

    def last_words(self, characters: int = 3000) -> str:
        """Return the end of what leo-tui has printed."""
        return self.said.read_text(errors="replace")[-characters:]

    def stored(self) -> Stored:
        """Return what the store holds now."""
        return Stored(self.database)

    def processes(self) -> list[Process]:
        """Return whatever lives of this place, a test's own driver included."""
        return list(marked(f"{_MARK}={self.folder}"))

    def wardens_of(self, engine: int) -> list[int]:
        """Return the pids of the wardens of a living engine."""
        found = self.processes()
        return [one.pid for one in found if one.is_warden and one.parent == engine]

    def clear(self) -> None:
        """Kill whatever lives of this place, until nothing does."""
        while found := self.processes():
            for one in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one.pid, signal.SIGKILL)
            wait_until(lambda gone=found: not any(map(_lives, gone)))  # type: ignore[misc]
        for process in self._started:
            process.wait()


def wait_until(
    is_so: Callable[[], object], patience_s: float = 15, *, every_s: float = 0.005
) -> bool:
    """Return whether it became so within the time given."""
    deadline = time.perf_counter() + patience_s
    while not is_so():
        if time.perf_counter() > deadline:
            return False
        time.sleep(every_s)  # What happens in another process rings no bell.
    return True


def marked(mark: str) -> Iterator[Process]:
    """Yield the living processes that have `NAME=value` in their environment."""
    wanted = os.fsencode(mark)
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            environ = path.joinpath("environ").read_bytes().split(b"\0")
            if wanted not in environ:
                continue
            state, parent = (
                path.joinpath("stat").read_text().rpartition(")")[2].split()[:2]
            )
            if state not in "ZX":
                words = path.joinpath("cmdline").read_bytes().split(b"\0")
                command = b" ".join(words).decode(errors="replace").strip()
                yield Process(int(path.name), int(parent), command, _attempt(environ))


def _attempt(environ: list[bytes]) -> str:
    found = dict(one.split(b"=", 1) for one in environ if b"=" in one)
    names = (b"LEO_RUN_ID", b"LEO_TASK", b"LEO_ATTEMPT")
    return b" ".join(found.get(name, b"") for name in names).decode().strip()


def _lives(process: Process) -> bool:
    try:
        stat = Path(f"/proc/{process.pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"

"""How a warden starts one attempt.

Like all of the warden, this imports C modules only.
"""

# pathlib takes as long to import as the warden to start.
# ruff: noqa: PTH112

# `signal` costs 4 ms, for enumerations that are not needed here.
import _signal as signal  # type: ignore[import-not-found]
import errno
import os
import sys

from leo_engine.executors.warden_record import make_folders, monotonic_ms

SHORT_OF = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""What the machine is short of now, it may have in a moment."""
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for when the task has no PATH; the same as sh does."""
_EVERY_SIGNAL = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
"""All of them: for one that is left out, the C library makes two calls a start."""
_FOUND: dict[tuple[str, str], str] = {}
"""{(program, PATH): where it was found last}; what a shell calls its hash table."""
_MOST_FOUND = 1_000

StartFrame = tuple[
    *tuple[str, int, str, list[str], str | None, dict[str, str], bool],
    *tuple[str, str, str, int, int],
]
"""S, number, key, argv, script, variables, is_clean; folder, log path, stdout path,
start by (monotonic milliseconds), most bytes of a log; both 0 when there is no limit.
"""


class Start:
    """One attempt to be started."""

    __slots__ = (
        *("_argv", "_env", "_folder", "_is_clean", "_log_path", "_script"),
        *("_start_by_ms", "_stdout_path", "give_up_ms", "log_max_bytes", "number"),
        "stage",
    )

    def __init__(self, frame: StartFrame) -> None:
        (
            _,
            self.number,
            _,
            self._argv,
            self._script,
            self._env,
            self._is_clean,
            self._folder,
            self._log_path,
            self._stdout_path,
            self._start_by_ms,
            self.log_max_bytes,
        ) = frame
        self.stage = ""
        self.give_up_ms = 0

    @property
    def log_paths(self) -> tuple[str, ...]:
        """Where its output goes: one file, or two."""
        if not self._stdout_path:
            return (self._log_path,)
        return self._log_path, self._stdout_path

    def spawn(self, inherited: dict[str, str]) -> int:
        """Return the pid of the new process.

        Raises:
            OSError: nothing was started; `stage` says at what it failed.
            ValueError: an argument or a variable cannot be passed to a process.
        """
        if self._start_by_ms and monotonic_ms() >= self._start_by_ms:
            raise OSError(errno.ETIME, "its engine may have lost the run")
        env = self._env if self._is_clean else {**inherited, **self._env}
        self.stage = "folder"
        os.chdir(self._folder)
        self.stage = "log"
        log = open_output(self._log_path)
        out = log
        try:
            if self._stdout_path:
                out = open_output(self._stdout_path)
            self.stage = "program"
            # Standard input is /dev/null, as the warden's own.
            places = [
                (os.POSIX_SPAWN_DUP2, out, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ]
            return self._execute(env, places)
        finally:
            os.close(log)
            if out != log:
                os.close(out)

    def _execute(self, env: dict[str, str], places: list[tuple[int, int, int]]) -> int:
        """Run the program itself where that is the same, else the script by a shell."""
        argv = self._argv
        path = find_program(argv[0], env.get("PATH", _DEFAULT_PATH)) if argv else ""
        if self._script is None:
            if not path:
                raise FileNotFoundError(errno.ENOENT, "no such program")
            return launch(path, argv, env, places)
        if path:
            try:
                return launch(path, argv, env, places)
            except OSError as error:
                # Short of processes now: no reason to try the shell.
                if error.errno in SHORT_OF:
                    raise
        # The shell explains in the log, and by its exit status, what is wrong.
        return launch("/bin/sh", ["sh", "-c", self._script], env, places)


def launch(
    path: str,
    argv: list[str],
    env: dict[str, str],
    places: list[tuple[int, int, int]],
) -> int:
    """Start a process in a session of its own, as if nothing had been before it."""
    if sys.platform == "darwin":
        return os.posix_spawn(
            *(path, argv, env),
            file_actions=places,
            setpgroup=0,
            setsigmask=(),
            setsigdef=_EVERY_SIGNAL,
        )
    return os.posix_spawn(
        *(path, argv, env),
        file_actions=places,
        setsid=True,
        setsigmask=(),
        setsigdef=_EVERY_SIGNAL,
    )


def open_output(path: str) -> int:
    """Open a log for appending, 0600; make the folders that are missing, 0700."""
    # Most tasks have one attempt, which is the first to need the folder.
    make_folders(path.rpartition("/")[0])
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    return os.open(path, flags, 0o600)


def find_program(name: str, search_path: str) -> str:
    """Return the file that `name` stands for, as sh would; empty when there is none."""
    if "/" in name:
        return name
    known = _FOUND.get((name, search_path), "")
    if known and os.access(known, os.X_OK):
        return known
    for folder in search_path.split(":"):
        path = f"{folder or '.'}/{name}"
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            if len(_FOUND) < _MOST_FOUND:
                _FOUND[name, search_path] = path
            return path
    return ""

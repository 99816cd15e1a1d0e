"""The warden: a small process that starts tasks, reaps them and records how they end.

One per engine, run as `python -I -S warden.py FOLDER` with its end of a socket pair as
descriptor 3. It imports C modules only, and nothing of leo_engine: it must start in
milliseconds, and may outlive the version of the engine that started it. Its rules:
everything is in the record before the engine is told; when the engine is gone it starts
nothing more, waits for what it has started, and leaves; it never stops a task because
the engine died.

Frames in both directions are a length (4 bytes, little-endian) and a marshalled list of
tuples, each beginning with a letter:

    engine  B {name: value}          the environment that later starts build upon
            S number key ...         start an attempt: `StartFrame`
    warden  h 0 0 0 0 name           the name of its record; always the first
            s number pid start 0 ""  started
            f number errno 0 0 stage not started, and what stood in the way
            x number status cpu rss ""   ended: wait status, milliseconds, bytes

The record is text: a line per fact, fields separated by tabs. Only its last line can be
torn, and then lacks its newline. `wall` is in milliseconds since 1970; `start` is when
a process began, in clock ticks since boot: with the pid, its identity.

    W version pid start              the engine that this warden serves
    I wall number key                about to start
    S wall number pid start          started
    F wall number errno              not started
    X wall number status cpu rss     ended
    E wall                           the engine is gone: no `I` follows
"""

# pathlib takes as long to import as the warden to start.
# ruff: noqa: PTH102, PTH110, PTH112, PTH120

# `signal` costs 4 ms, for enumerations that are not needed here.
import _signal as signal  # type: ignore[import-not-found]
import errno
import marshal
import os
import select
import sys
import time

LINK = 3
_PREFIX_BYTES = 4
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_CHUNK_BYTES = 1 << 16
_LEFTOVER_GRACE_MS = 5_000
_LEFTOVER_LOOK_MS = 100
_RETRY_FOR_MS = 5_000
_RETRY_PAUSE_MS = 20
_FULL_DISK_PAUSE_MS = 1_000
_TOGETHER_MS = 1
_TOGETHER_COUNT = 16
"""How long, and how many, news of starts wait to travel with those of the ends."""
_SHORT_OF = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""What the machine is short of now, it may have in a moment."""
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for when the task has no PATH; the same as sh does."""
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_EVERY_SIGNAL = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
_UNHEARD = (
    *(signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGHUP, signal.SIGTERM),
    *(signal.SIGTTIN, signal.SIGTTOU),
)

StartFrame = tuple[
    str, int, str, list[str], str | None, dict[str, str], bool, str, str, str
]
"""S, number, key, argv, script, variables, is_clean, folder, log path, stdout path."""
Report = tuple[str, int, int, int, int, str]
"""h, s, f or x; the number; three more numbers; a text."""


def now_ms() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000  # noqa: TID251 - the engine's clock is out of reach


def read_small(path: str) -> bytes:
    """Return the first 2 KiB of a file; empty when it cannot be opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    content = os.read(descriptor, 2048)
    os.close(descriptor)
    return content


def start_ticks(pid: int) -> int:
    """Return when a process began; off Linux, now in hundredths of a second."""
    stat = read_small(f"/proc/{pid}/stat")
    if not stat:
        return now_ms() // 10
    # The name, in parentheses, may hold anything; the start is field 22.
    return int(stat[stat.rindex(b")") + 2 :].split(None, 20)[19])


def ticks_now() -> int:
    """Return clock ticks since boot; 0 where the machine cannot tell."""
    if sys.platform != "linux":
        return 0
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _TICK_NS


def open_output(path: str) -> int:
    """Open a log for appending, 0600; make the folders that are missing, 0700."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        make_folders(os.path.dirname(path))
        return os.open(path, flags, 0o600)


def make_folders(path: str) -> None:
    """Make a folder and what is missing above it, each 0700."""
    try:
        os.mkdir(path, 0o700)
    except FileNotFoundError:
        make_folders(os.path.dirname(path))
        os.mkdir(path, 0o700)
    except FileExistsError:
        return


def find_program(name: str, search_path: str) -> str:
    """Return the file that `name` stands for, as sh would; empty when there is none."""
    if "/" in name:
        return name
    for folder in search_path.split(":"):
        path = f"{folder or '.'}/{name}"
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    return ""


class Record:
    """The append-only file of one warden."""

    def __init__(self, folder: str) -> None:
        pid = os.getpid()
        start = start_ticks(pid)
        boot = read_small("/proc/sys/kernel/random/boot_id")[:8].decode() or "0" * 8
        self.name = f"{boot}-{pid}-{start}"
        make_folders(folder)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(f"{folder}/{self.name}", flags, 0o600)
        # A traceback of the warden ends up here as well; no reader takes it for a fact.
        os.dup2(self._file, 2)
        self.unsaved = b""
        engine = os.getppid()
        self.write(f"W\t1\t{engine}\t{start_ticks(engine)}\n")

    def write(self, line: str) -> None:
        """Append a line in one write; keep what a full disk refuses for the next."""
        pending = self.unsaved + line.encode()
        try:
            written = os.write(self._file, pending)
        except OSError:
            written = 0
        self.unsaved = pending[written:]


class Start:
    """One attempt to be started."""

    __slots__ = (
        *("_argv", "_env", "_folder", "_is_clean", "_log_path", "_script"),
        *("_stdout_path", "give_up_ms", "number", "stage"),
    )

    def __init__(self, frame: StartFrame) -> None:
        _, self.number, _, self._argv, self._script, *_ = frame
        *_, self._env, self._is_clean, self._folder, self._log_path, _ = frame
        self._stdout_path = frame[-1]
        self.stage = ""
        self.give_up_ms = 0

    def spawn(self, inherited: dict[str, str], null: int) -> int:
        """Return the pid of the new process.

        Raises:
            OSError: nothing was started; `stage` says at what it failed.
            ValueError: an argument or a variable cannot be passed to a process.
        """
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
            places = [
                (os.POSIX_SPAWN_DUP2, null, 0),
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
                if error.errno in _SHORT_OF:
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


class Warden:
    """The process itself."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        self._env: dict[str, str] = {}
        self._children: dict[int, int] = {}
        """Number of the attempt by pid, until reaped."""
        self._leftovers: dict[int, int] = {}
        """When to KILL what is left of a process group, by its number."""
        self._starts: list[Start] = []
        """Not started yet, oldest first."""
        self._has_engine = True
        self._inbox = bytearray()
        self._replies: list[Report] = [("h", 0, 0, 0, 0, record.name)]
        self._outbox = b""
        self._is_urgent = True
        """There is more to tell than that something was started."""
        self._poll = select.poll()
        self._poll.register(LINK, select.POLLIN)
        self._bell, bell = os.pipe()
        os.set_inheritable(LINK, False)  # noqa: FBT003 - no name to call it by
        for descriptor in (LINK, self._bell, bell):
            os.set_blocking(descriptor, False)
        self._poll.register(self._bell, select.POLLIN)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Serve the engine while it lives, and its tasks to their end."""
        while self._has_engine or self._children or self._leftovers:
            is_quiet = not self._poll.poll(self._pause_ms())
            self._hush()
            self._reap()
            self._receive()
            self._start_waiting()
            self._look_at_leftovers()
            if is_quiet or self._is_urgent:
                self._send()
        while self._record.unsaved:
            self._poll.poll(_FULL_DISK_PAUSE_MS)
            self._record.write("")

    def _pause_ms(self) -> int | None:
        if self._replies:
            return _TOGETHER_MS
        if self._starts:
            return _RETRY_PAUSE_MS
        if self._leftovers:
            return _LEFTOVER_LOOK_MS
        return _FULL_DISK_PAUSE_MS if self._record.unsaved else None

    def _hush(self) -> None:
        try:
            os.read(self._bell, 4096)
        except BlockingIOError:
            return

    def _receive(self) -> None:
        if not self._has_engine:
            return
        try:
            chunk = os.read(LINK, _CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._leave_engine()
            return
        self._inbox += chunk
        while len(self._inbox) >= _PREFIX_BYTES:
            end = _PREFIX_BYTES + int.from_bytes(self._inbox[:_PREFIX_BYTES], "little")
            if len(self._inbox) < end:
                return
            frames = self._inbox[_PREFIX_BYTES:end]
            del self._inbox[:end]
            for frame in marshal.loads(frames):  # noqa: S302 - our own engine's
                self._obey(frame)

    def _leave_engine(self) -> None:
        self._has_engine = False
        for start in self._starts:
            self._refuse(start, errno.ECANCELED)
        self._starts.clear()
        self._replies.clear()
        self._outbox = b""
        # Left open: to the engine, its end is the end of this process.
        self._poll.unregister(LINK)
        self._record.write(f"E\t{now_ms()}\n")
        os.chdir("/")

    def _obey(self, frame: StartFrame) -> None:
        if frame[0] == "B":
            self._env = frame[1]  # type: ignore[assignment]
            return
        start = Start(frame)
        self._record.write(f"I\t{now_ms()}\t{start.number}\t{frame[2]}\n")
        self._start(start)
        # A long batch must not keep the engine from what has ended meanwhile.
        self._reap()
        if self._is_urgent or len(self._replies) >= _TOGETHER_COUNT:
            self._send()

    def _start_waiting(self) -> None:
        waiting, self._starts = self._starts, []
        for start in waiting:
            self._start(start)

    def _start(self, start: Start) -> None:
        before = ticks_now()
        try:
            pid = start.spawn(self._env, self._null)
        except OSError as error:
            if error.errno not in _SHORT_OF or self._is_too_late(start):
                self._refuse(start, error.errno or 0)
        except ValueError:
            self._refuse(start, errno.EINVAL)
        else:
            # Within one tick the clock says what /proc would, at a tenth of the cost.
            ticks = before if before and before == ticks_now() else start_ticks(pid)
            self._children[pid] = start.number
            self._record.write(f"S\t{now_ms()}\t{start.number}\t{pid}\t{ticks}\n")
            self._replies.append(("s", start.number, pid, ticks, 0, ""))

    def _is_too_late(self, start: Start) -> bool:
        start.give_up_ms = start.give_up_ms or now_ms() + _RETRY_FOR_MS
        if now_ms() >= start.give_up_ms:
            return True
        self._starts.append(start)
        return False

    def _refuse(self, start: Start, number: int) -> None:
        self._is_urgent = True
        self._record.write(f"F\t{now_ms()}\t{start.number}\t{number}\n")
        self._replies.append(("f", start.number, number, 0, 0, start.stage))

    def _reap(self) -> None:
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if not pid:
                return
            self._is_urgent = True
            number = self._children.pop(pid, 0)
            cpu_ms = round((usage.ru_utime + usage.ru_stime) * 1000)
            rss = usage.ru_maxrss * _RSS_UNIT
            line = f"X\t{now_ms()}\t{number}\t{status}\t{cpu_ms}\t{rss}\n"
            self._record.write(line)
            self._replies.append(("x", number, status, cpu_ms, rss, ""))
            if signal_group(pid, signal.SIGTERM):
                self._leftovers[pid] = now_ms() + _LEFTOVER_GRACE_MS

    def _look_at_leftovers(self) -> None:
        for group, kill_ms in list(self._leftovers.items()):
            # A process with the group's number is not of the group: its leader was
            # reaped, and numbers return only when nobody of the group is left.
            if os.path.exists(f"/proc/{group}") or not signal_group(group, 0):
                del self._leftovers[group]
            elif now_ms() >= kill_ms:
                signal_group(group, signal.SIGKILL)

    def _send(self) -> None:
        if not self._has_engine:
            self._replies.clear()
            return
        if self._replies:
            self._outbox += frame_of(self._replies)
            self._replies.clear()
        if self._outbox:
            try:
                self._outbox = self._outbox[os.write(LINK, self._outbox) :]
            except BlockingIOError:
                pass
            except OSError:
                # Broken: the next read says so, and ends it in order.
                self._outbox = b""
            self._is_urgent = bool(self._outbox)
            interest = select.POLLIN | (select.POLLOUT if self._outbox else 0)
            self._poll.modify(LINK, interest)


def frame_of(replies: list[Report]) -> bytes:
    """Return replies as they travel."""
    payload = marshal.dumps(replies)
    return len(payload).to_bytes(_PREFIX_BYTES, "little") + payload


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group; False when there is nobody to get it."""
    try:
        os.killpg(group, number)
    except OSError:
        return False
    return True


def main() -> None:
    """Serve until the engine and every task it started are gone."""
    os.closerange(LINK + 1, os.sysconf("SC_OPEN_MAX"))
    for number in _UNHEARD:
        signal.signal(number, signal.SIG_IGN)
    try:
        record = Record(sys.argv[1])
    except OSError as error:
        os.write(LINK, frame_of([("f", 0, error.errno or 0, 0, 0, "record")]))
        os._exit(1)
    Warden(record).serve()
    # Nothing is left to be flushed or freed: leave at once.
    os._exit(0)


if __name__ == "__main__":
    main()

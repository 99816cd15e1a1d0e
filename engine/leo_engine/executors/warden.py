"""The warden: a small process that starts tasks, reaps them and records how they end.

One per engine (`warden_link` starts it), with its end of a socket pair as descriptor 3.
Its rules: everything is in the record before the engine is told; when the engine is
gone it starts nothing more, waits for what it has started, and leaves; it never stops a
task because the engine died. It must start in milliseconds: it imports C modules only,
and of leo_engine its own four files.

Frames in both directions are a length (4 bytes, little-endian) and a marshalled list of
tuples, each beginning with a letter:

    engine  B {name: value} pid      the environment that later starts build upon, and
                                     whose they are
            S number key ...         start an attempt: `StartFrame`
    warden  h 0 0 0 0 name           the name of its record; always the first
            s number pid start 0 ""  started
            f number errno 0 0 stage not started, and what stood in the way
            x number status cpu rss ""   ended: wait status, milliseconds, bytes
"""

# pathlib takes as long to import as the warden to start.
# ruff: noqa: PTH110

# `signal` costs 4 ms, for enumerations that are not needed here.
import _signal as signal  # type: ignore[import-not-found]
import errno
import marshal
import os
import select
import sys

from leo_engine.executors.warden_logs import LimitedLogs
from leo_engine.executors.warden_record import (
    Record,
    monotonic_ms,
    now_ms,
    start_ticks,
    ticks_now,
)
from leo_engine.executors.warden_start import SHORT_OF, Start, StartFrame

LINK = 3
_PREFIX_BYTES = 4
_CHUNK_BYTES = 1 << 16
_LEFTOVER_GRACE_MS = 5_000
_LEFTOVER_LOOK_MS = 100
_RETRY_FOR_MS = 5_000
_RETRY_PAUSE_MS = 20
_FULL_DISK_PAUSE_MS = 1_000
_TOGETHER_MS = 5
_TOGETHER_COUNT = 16
"""How long, and how many, news of starts wait to travel with those of the ends."""
_ENDS_TOGETHER_MS = 2
_ENDS_TOGETHER_COUNT = 8
"""The same for news of ends, while what still runs keeps every processor busy."""
_PROCESSORS = os.cpu_count() or 1
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_UNHEARD = (
    *(signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGHUP, signal.SIGTERM),
    *(signal.SIGTTIN, signal.SIGTTOU),
)

Report = tuple[str, int, int, int, int, str]
"""h, s, f or x; the number; three more numbers; a text."""


class Warden:
    """The process itself."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._env: dict[str, str] = {}
        self._children: dict[int, int] = {}
        """Number of the attempt by pid, until reaped."""
        self._leftovers: dict[int, int] = {}
        """When to KILL what is left of a process group, by its number."""
        self._logs = LimitedLogs()
        self._starts: list[Start] = []
        """Not started yet, oldest first."""
        self._has_engine = True
        self._inbox, self._outbox = bytearray(), b""
        self._replies: list[Report] = [("h", 0, 0, 0, 0, record.name)]
        self._untold_ends = self._untold_from_ms = 0
        self._to_obey = 0
        """How many of the frames that have come are still to be obeyed."""
        self._is_urgent = True
        """There is something to tell that must not wait for company."""
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
        self._send()
        while self._has_engine or self._children or self._leftovers:
            is_quiet = not self._poll.poll(self._sooner(self._logs.left_ms()))
            self._hush()
            self._reap()
            self._receive()
            self._start_waiting()
            self._look_at_leftovers()
            self._logs.look()
            if is_quiet or self._is_due():
                self._send()
        while self._record.unsaved and not self._record.is_hopeless():
            self._poll.poll(_FULL_DISK_PAUSE_MS)
            self._record.write("")

    def _sooner(self, other_ms: int | None) -> int | None:
        pause_ms = self._pause_ms()
        if pause_ms is None or other_ms is None:
            return other_ms if pause_ms is None else pause_ms
        return min(pause_ms, other_ms)

    def _pause_ms(self) -> int | None:
        if self._untold_ends:
            return _ENDS_TOGETHER_MS
        if self._replies:
            return _TOGETHER_MS
        if self._starts:
            return _RETRY_PAUSE_MS
        if self._leftovers:
            return _LEFTOVER_LOOK_MS
        return _FULL_DISK_PAUSE_MS if self._record.unsaved else None

    def _is_due(self) -> bool:
        """Tell whether the engine must hear now; each frame costs it a turn."""
        if self._is_urgent or self._untold_ends >= _ENDS_TOGETHER_COUNT:
            return True
        if not self._untold_ends:
            return False
        # Programs may be slow to load; a long batch must not make the news old.
        is_late = monotonic_ms() - self._untold_from_ms >= _TOGETHER_MS
        return is_late or len(self._children) + self._to_obey < _PROCESSORS

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
            batch = marshal.loads(frames)  # noqa: S302 - our own engine's
            self._to_obey = len(batch)
            for frame in batch:
                self._to_obey -= 1
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
            self._record.serve(frame[2])  # type: ignore[arg-type]
            return
        start = Start(frame)
        self._record.write(f"I\t{now_ms()}\t{start.number}\t{frame[2]}\n")
        self._start(start)
        # A long batch must not keep the engine from what has ended meanwhile.
        self._reap()
        if self._is_due() or len(self._replies) >= _TOGETHER_COUNT:
            self._send()

    def _start_waiting(self) -> None:
        waiting, self._starts = self._starts, []
        for start in waiting:
            self._start(start)

    def _start(self, start: Start) -> None:
        if not self._is_recorded():
            if self._is_too_late(start):
                start.stage = "record"
                self._refuse(start, self._record.problem)
            return
        before = ticks_now()
        try:
            pid = start.spawn(self._env)
        except OSError as error:
            if error.errno not in SHORT_OF or self._is_too_late(start):
                self._refuse(start, error.errno or 0)
        except ValueError:
            self._refuse(start, errno.EINVAL)
        else:
            # Within one tick the clock says what /proc would, at a tenth of the cost.
            ticks = before if before and before == ticks_now() else start_ticks(pid)
            self._children[pid] = start.number
            if start.log_max_bytes:
                self._logs.watch(pid, start.log_paths, start.log_max_bytes)
            self._record.write(f"S\t{now_ms()}\t{start.number}\t{pid}\t{ticks}\n")
            self._replies.append(("s", start.number, pid, ticks, 0, ""))

    def _is_recorded(self) -> bool:
        """Tell whether who reads the record finds all that was written to it."""
        if self._record.unsaved:
            self._record.write("")
        return not self._record.unsaved

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
            number = self._children.pop(pid, 0)
            self._logs.forget(pid)
            self._untold_from_ms = self._untold_from_ms or monotonic_ms()
            self._untold_ends += 1
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
            self._untold_ends = self._untold_from_ms = 0
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
        record = Record(sys.argv[-1])
    except OSError as error:
        os.write(LINK, frame_of([("f", 0, error.errno or 0, 0, 0, "record")]))
        os._exit(1)
    Warden(record).serve()
    # Nothing is left to be flushed or freed: leave at once.
    os._exit(0)

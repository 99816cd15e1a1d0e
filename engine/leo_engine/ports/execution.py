"""Time, and what runs attempts."""

from collections.abc import Awaitable, Mapping
from typing import Protocol

import msgspec

from leo_engine.spec.model import Action, ExecutorName, Json
from leo_engine.state.outcome import Outcome

OUTPUT_LIMIT_BYTES = 256 * 1024
"""Largest output that is kept; larger results belong in a file in staging."""


class Clock(Protocol):
    """Time, in integer milliseconds."""

    def now_ms(self) -> int:
        """Return the wall clock: milliseconds since 1970."""

    def monotonic_ms(self) -> int:
        """Return a clock that never jumps; one for all processes of a boot."""


class Instant(msgspec.Struct, frozen=True):
    """One moment, as both clocks tell it."""

    wall_ms: int
    monotonic_ms: int

    @classmethod
    def of(cls, clock: Clock) -> "Instant":
        """Return the present."""
        return cls(clock.now_ms(), clock.monotonic_ms())


class AttemptRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt, with every template rendered."""

    run_id: str
    dag: str
    task: str
    attempt: int
    action: Action
    env: Mapping[str, str]
    """Variables over the base environment; with `clean_env`, all there are."""
    clean_env: bool = False
    hidden: tuple[str, ...] = ()
    """Variables of the base environment that the attempt must not see."""
    working_dir: str
    """Absolute; for a container as it was written, empty being that of the image."""
    log_path: str
    """Absolute; the executor makes the file (0600) and its folder (0700)."""
    stdout_path: str = ""
    """Absolute; when given, stdout goes here and only stderr to `log_path`."""
    log_max_bytes: int | None = None
    call_path: str = ""
    """Absolute; of a python task, the file that says what is called and with what."""
    masks: tuple[str, ...] = ()
    """Secrets among the values; nothing that is written or told may hold them."""
    needs_output: bool = False
    """What it hands on is checked: one that cannot be handed on fails it."""
    start_by_ms: int = 0
    """Not to be started after this, by the machine's monotonic clock: until then the
    run is surely ours. 0: no limit."""
    container: Json = None
    """The task's `container`, rendered; None: it runs in none."""
    staging: str = ""
    """Absolute: the folder that the run's tasks share."""
    dag_folder: str = ""
    """Absolute: what relative paths on this machine are relative to."""


class ResourceSample(msgspec.Struct, frozen=True):
    """What one attempt uses, with all that it has started."""

    cpu_ms: int
    """Since its processes began; those that have ended count through their parents."""
    rss_bytes: int
    """Memory shared by several of them counts for each."""
    process_count: int


class HostSample(msgspec.Struct, frozen=True, kw_only=True):
    """What the whole machine does; zero is what cannot be told."""

    period_ms: int
    """Since the last sample, which the rest is about; 0 for the first one."""
    cpu_percent: float
    """Of all its processors together."""
    memory_used_bytes: int
    memory_total_bytes: int
    disk_bytes: int
    """Read and written in the period."""
    net_bytes: int
    """Received and sent in the period."""


class Executor(Protocol):
    """Runs attempts somewhere.

    Handles are text, so that they can be stored and attached to after a restart.
    """

    name: ExecutorName

    async def preflight(self) -> None:
        """Raise `ExecutorUnavailableError`: what is missing, what to do about it."""

    def readiness(self, request: AttemptRequest) -> Awaitable[None] | None:
        """Return what is to be awaited before `start`, as it may take long; or None.

        An image to be fetched, a daemon to come back. It may be cancelled; it raises
        what `start` raises.
        """

    async def start(self, request: AttemptRequest) -> str:
        """Launch, return the handle; raise `LaunchError` when nothing was launched."""

    async def wait(self, handle: str) -> Outcome:
        """Return how it ended: `Succeeded`, `Failed` or `Lost`, output not yet read.

        Cancelling ends the waiting, not the attempt.
        """

    async def stop(self, handle: str, grace_ms: int) -> None:
        """TERM, wait the grace, KILL; return when it is gone, as it may be already."""

    async def attach(self, handle: str) -> bool:
        """Find a stored handle again so that `wait` and `stop` work.

        False when there is nothing left to wait for: `wait` still returns the true
        outcome when one was recorded, else `Lost`.
        """

    async def find(self, run_id: str, task: str, attempt: int) -> str | None:
        """Return the handle of an attempt whose launch was not recorded any more.

        None: it was never launched, and never will be. When nobody knows, the handle is
        one whose `wait` returns `Lost`.
        """

    async def ended_ms(self, handle: str) -> int | None:
        """Return when an attempt ended, by the wall clock; None: not recorded."""

    def forget(self, handle: str) -> None:
        """Note that the outcome of an attempt is stored: what is left of it may go."""

    async def aclose(self) -> None:
        """Let go of everything that is not an attempt; attempts go on."""

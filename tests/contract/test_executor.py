"""The exam of the `Executor` port, taken by the fake and by every real executor.

What only a program can do, to exit with a number or to be killed by a signal, is asked
of `program` alone.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import httpx
import msgspec
import pytest

from leo_engine.clock import SystemClock
from leo_engine.errors import LaunchError
from leo_engine.executors.docker_container import DockerContainers
from leo_engine.executors.http_request import HttpRequests
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.ports import AttemptRequest, Executor
from leo_engine.spec.model import Action, Argv, HttpCall, Shell
from leo_engine.state.outcome import Failed, Lost, Outcome, Succeeded
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.fake_executor import FakeExecutor, Scripted

if TYPE_CHECKING:
    from docker_daemon import Daemon

SCRIPTS = {
    "succeeds": Scripted(),
    "exits 3": Scripted(outcome=Failed(reason="exit 3", exit_code=3)),
    "crashes": Scripted(outcome=Failed(reason="killed by SIGSEGV", signal=11)),
    "runs on": Scripted(duration_ms=None),
    "ignores TERM": Scripted(duration_ms=None, ignores_term=True),
    "cannot start": Scripted(launch_error="no such program: 'leo-nowhere'"),
}
COMMANDS: dict[str, Action] = {
    "succeeds": Shell("true"),
    "exits 3": Shell("exit 3"),
    "crashes": Shell("kill -SEGV $$"),
    "runs on": Shell("echo ready; exec sleep 600"),
    "ignores TERM": Shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"),
    "cannot start": Argv(("leo-nowhere",)),
}
PATHS = {
    "succeeds": "/200",
    "exits 3": "/404",
    "runs on": "/hang",
    "cannot start": ":99999999/",
}
"""Behind the host, for what a request can do of that."""


class Candidate(Protocol):
    """An executor under examination."""

    executor: Executor

    def request(self, behaviour: str) -> AttemptRequest:
        """Return a request for an attempt that behaves as named."""

    async def pass_time(self) -> None:
        """Let more time pass than any grace in the exam."""

    async def is_ready(self, request: AttemptRequest) -> None:
        """Return when what runs until it is stopped can be stopped."""


class FakeCandidate:
    """The scripted executor."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = FakeClock()
        self.executor: Executor = FakeExecutor(
            self._clock, lambda request: SCRIPTS[request.task]
        )

    def request(self, behaviour: str) -> AttemptRequest:
        """Return a request."""
        return make_request(self._folder, behaviour)

    async def pass_time(self) -> None:
        """Advance the clock."""
        await self._clock.advance(1_000)

    async def is_ready(self, request: AttemptRequest) -> None:
        """Advance the clock a little."""
        await self._clock.advance(1)


class ProcessCandidate:
    """Real processes; time passes without being asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.executor: Executor = LocalProcesses(
            record_folder=folder / "records", base_env={"PATH": "/usr/bin:/bin"}
        )

    def request(self, behaviour: str) -> AttemptRequest:
        """Return a request."""
        return make_request(self._folder, behaviour)

    async def pass_time(self) -> None:
        """Let it pass."""

    async def is_ready(self, request: AttemptRequest) -> None:
        """Wait for its first output."""
        await asyncio.to_thread(wait_for_output, Path(request.log_path))


class HttpCandidate:
    """Requests, answered by a server that is one function."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked = asyncio.Event()
        self.executor: Executor = HttpRequests(
            runs_folder=folder / "records",
            clock=SystemClock(),
            make=lambda _: httpx.AsyncClient(
                transport=httpx.MockTransport(self._answer)
            ),
        )

    async def _answer(self, asked: httpx.Request) -> httpx.Response:
        self._asked.set()
        if asked.url.path == "/hang":
            await asyncio.Event().wait()
        return httpx.Response(int(asked.url.path[1:]))

    def request(self, behaviour: str) -> AttemptRequest:
        """Return a request."""
        options = msgspec.json.encode({"url": f"http://there{PATHS[behaviour]}"})
        return msgspec.structs.replace(
            make_request(self._folder, behaviour), action=HttpCall(msgspec.Raw(options))
        )

    async def pass_time(self) -> None:
        """Let it pass."""

    async def is_ready(self, request: AttemptRequest) -> None:
        """Wait until it was asked."""
        del request
        await self._asked.wait()


class DockerCandidate:
    """Real containers, of a daemon of the tests' own."""

    def __init__(self, folder: Path, daemon: "Daemon") -> None:
        self._folder = folder
        self.executor: Executor = DockerContainers(
            folder=str(folder), clock=SystemClock(), environ={"DOCKER_HOST": daemon.url}
        )

    def request(self, behaviour: str) -> AttemptRequest:
        """Return a request."""
        # Without an init, the daemon itself misses the program.
        table = {"network": "none", "init": behaviour != "cannot start"}
        return msgspec.structs.replace(
            make_request(self._folder, behaviour),
            working_dir="",
            container={"image": "leo-test/busybox:1", "docker": table},
        )

    async def pass_time(self) -> None:
        """Let it pass."""

    async def is_ready(self, request: AttemptRequest) -> None:
        """Wait for its first output."""
        await asyncio.to_thread(wait_for_output, Path(request.log_path))


def wait_for_output(log: Path) -> None:
    while not (log.exists() and log.read_bytes()):
        time.sleep(0.001)


def make_request(folder: Path, behaviour: str) -> AttemptRequest:
    return AttemptRequest(
        run_id=str(folder),
        dag="dag",
        task=behaviour,
        attempt=1,
        action=COMMANDS[behaviour],
        env={"LEO_RUN_ID": str(folder), "LEO_TASK": behaviour, "LEO_ATTEMPT": "1"},
        working_dir=str(folder),
        log_path=str(folder / "logs" / behaviour / "1.log"),
    )


_CONTAINERS = pytest.param(DockerCandidate, marks=pytest.mark.docker)


async def made(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Candidate]:
    make: Callable[..., Candidate] = request.param
    is_docker = make is DockerCandidate
    given = (request.getfixturevalue("daemon"),) if is_docker else ()
    found = make(tmp_path, *given)
    yield found
    await found.executor.aclose()


candidate = pytest.fixture(
    made, params=[FakeCandidate, ProcessCandidate, HttpCandidate, _CONTAINERS]
)
program = pytest.fixture(made, params=[FakeCandidate, ProcessCandidate, _CONTAINERS])


async def run(candidate: Candidate, behaviour: str) -> tuple[str, Outcome]:
    handle = await candidate.executor.start(candidate.request(behaviour))
    await candidate.pass_time()
    return handle, await candidate.executor.wait(handle)


async def start_lasting(candidate: Candidate, behaviour: str) -> str:
    request = candidate.request(behaviour)
    handle = await candidate.executor.start(request)
    await candidate.is_ready(request)
    return handle


async def test_preflight_of_a_usable_executor_passes(candidate: Candidate) -> None:
    await candidate.executor.preflight()


async def test_success_is_told(candidate: Candidate) -> None:
    _, outcome = await run(candidate, "succeeds")
    assert isinstance(outcome, Succeeded)


async def test_an_exit_code_is_told(program: Candidate) -> None:
    _, outcome = await run(program, "exits 3")
    assert isinstance(outcome, Failed)
    assert (outcome.reason, outcome.exit_code, outcome.signal) == ("exit 3", 3, None)


async def test_a_signal_is_told_by_name(program: Candidate) -> None:
    _, outcome = await run(program, "crashes")
    assert isinstance(outcome, Failed)
    assert (outcome.exit_code, outcome.signal) == (None, 11)
    assert outcome.reason == "killed by SIGSEGV"


async def test_what_cannot_start_is_an_error(candidate: Candidate) -> None:
    with pytest.raises(LaunchError):
        await candidate.executor.start(candidate.request("cannot start"))


async def test_a_program_that_is_not_there_is_named(program: Candidate) -> None:
    with pytest.raises(LaunchError, match="no such program: 'leo-nowhere'"):
        await program.executor.start(program.request("cannot start"))


async def test_a_stop_makes_it_fail(candidate: Candidate) -> None:
    handle = await start_lasting(candidate, "runs on")
    await candidate.executor.stop(handle, 10_000)
    assert isinstance(await candidate.executor.wait(handle), Failed)


async def test_waiting_twice_tells_the_same(candidate: Candidate) -> None:
    handle, first = await run(candidate, "exits 3")
    assert await candidate.executor.wait(handle) == first


async def test_two_may_wait_at_once(candidate: Candidate) -> None:
    handle = await start_lasting(candidate, "runs on")
    waiting = [asyncio.ensure_future(candidate.executor.wait(handle)) for _ in "ab"]
    await candidate.executor.stop(handle, 1_000)
    first, second = await asyncio.gather(*waiting)
    assert first == second


async def test_cancelling_a_wait_leaves_the_attempt_running(
    candidate: Candidate,
) -> None:
    handle = await start_lasting(candidate, "runs on")
    waiting = asyncio.ensure_future(candidate.executor.wait(handle))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await candidate.executor.attach(handle)
    await candidate.executor.stop(handle, 1_000)
    assert isinstance(await candidate.executor.wait(handle), Failed)


async def test_stop_ends_it_with_term(program: Candidate) -> None:
    handle = await start_lasting(program, "runs on")
    await program.executor.stop(handle, 10_000)
    outcome = await program.executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "killed by SIGTERM"


async def test_stop_ends_it_with_kill_after_the_grace(program: Candidate) -> None:
    handle = await start_lasting(program, "ignores TERM")
    stopping = asyncio.ensure_future(program.executor.stop(handle, 200))
    await program.pass_time()
    await stopping
    outcome = await program.executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "killed by SIGKILL"


async def test_stop_without_grace_kills_at_once(program: Candidate) -> None:
    handle = await start_lasting(program, "runs on")
    stopping = asyncio.ensure_future(program.executor.stop(handle, 0))
    await program.pass_time()
    await stopping
    outcome = await program.executor.wait(handle)
    assert isinstance(outcome, Failed)
    assert outcome.reason == "killed by SIGKILL"


async def test_stopping_what_has_ended_does_no_harm(candidate: Candidate) -> None:
    handle, outcome = await run(candidate, "succeeds")
    await candidate.executor.stop(handle, 1_000)
    assert await candidate.executor.wait(handle) == outcome


async def test_attach_says_whether_it_still_runs(candidate: Candidate) -> None:
    handle = await start_lasting(candidate, "runs on")
    assert await candidate.executor.attach(handle)
    await candidate.executor.stop(handle, 1_000)
    assert not await candidate.executor.attach(handle)


async def test_an_attempt_is_found_by_its_name(
    candidate: Candidate, tmp_path: Path
) -> None:
    handle, _ = await run(candidate, "succeeds")
    assert await candidate.executor.find(str(tmp_path), "succeeds", 1) == handle


async def test_an_attempt_that_was_never_started_is_not_found(
    candidate: Candidate, tmp_path: Path
) -> None:
    await run(candidate, "succeeds")
    assert await candidate.executor.find(str(tmp_path), "succeeds", 2) is None
    assert await candidate.executor.find(str(tmp_path), "elsewhere", 1) is None


async def test_the_time_of_the_end_is_known_once_it_has_ended(
    candidate: Candidate,
) -> None:
    handle = await start_lasting(candidate, "runs on")
    assert await candidate.executor.ended_ms(handle) is None
    await candidate.executor.stop(handle, 1_000)
    await candidate.executor.wait(handle)
    assert await candidate.executor.ended_ms(handle) is not None


async def test_a_handle_that_leads_nowhere_is_lost(candidate: Candidate) -> None:
    handle = "00000000-1-1:1:1:1"
    assert not await candidate.executor.attach(handle)
    assert isinstance(await candidate.executor.wait(handle), Lost)
    await candidate.executor.stop(handle, 1_000)

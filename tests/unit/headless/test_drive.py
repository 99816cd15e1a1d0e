"""Signals stop a run politely, then not; the reporter is closed whatever happens."""

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence

import pytest

from leo_engine.app.types import RunResult
from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.status import RunStatus
from leo_tui.headless.drive import drive, look_on
from leo_tui.headless.reporter import Reporter

ENDED = RunResult(
    run=RunRow(
        run_id="0193a",
        dag="etl",
        dag_hash="h",
        file="f",
        status=RunStatus.CANCELLED,
        created_ms=0,
    )
)


class _Witness:
    """A reporter and an engine that remember what was asked of them."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.results: Sequence[RunResult] | None = None
        self.interrupted = asyncio.Event()
        self.killed = asyncio.Event()
        self.left = asyncio.Event()

    def interrupt(self) -> None:
        self.calls.append("interrupt")
        self.interrupted.set()

    def kill(self) -> None:
        self.calls.append("kill")
        self.killed.set()

    def leave(self) -> None:
        self.calls.append("leave")
        self.left.set()

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Do nothing."""

    def tick(self) -> None:
        """Do nothing."""

    def notice(self, text: str) -> None:
        self.calls.append(text.partition(" ")[0])

    def close(self, results: Sequence[RunResult]) -> None:
        self.results = results


async def test_a_run_that_is_left_alone_just_ends() -> None:
    witness = _Witness()

    async def start(_reporter: Reporter) -> list[RunResult]:
        await asyncio.sleep(0)
        return [ENDED]

    assert await drive(witness, start, witness) == ([ENDED], False)
    assert witness.results == [ENDED]
    assert witness.calls == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_signal_stops_and_the_second_kills(
    number: signal.Signals,
) -> None:
    witness = _Witness()

    async def start(_reporter: Reporter) -> list[RunResult]:
        os.kill(os.getpid(), number)
        await witness.interrupted.wait()
        os.kill(os.getpid(), number)
        await witness.killed.wait()
        return [ENDED]

    assert await drive(witness, start, witness) == ([ENDED], True)
    assert witness.calls == ["stopping:", "interrupt", "killing", "kill"]
    assert signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}


async def test_a_closed_terminal_has_the_engine_leave_and_stops_nothing() -> None:
    witness = _Witness()

    async def start(_reporter: Reporter) -> list[RunResult]:
        os.kill(os.getpid(), signal.SIGHUP)
        await witness.left.wait()
        return [ENDED]

    assert await drive(witness, start, witness) == ([ENDED], True)
    assert witness.calls == ["the", "leave"]
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


async def test_a_terminal_closed_while_tasks_are_stopped_changes_nothing() -> None:
    witness = _Witness()

    async def start(_reporter: Reporter) -> list[RunResult]:
        os.kill(os.getpid(), signal.SIGTERM)
        await witness.interrupted.wait()
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        await witness.killed.wait()
        return [ENDED]

    assert await drive(witness, start, witness) == ([ENDED], True)
    assert witness.calls == ["stopping:", "interrupt", "killing", "kill"]


@pytest.fixture
def nohup() -> Iterator[None]:
    """Ignore a hang-up, as `nohup` has its command do."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("nohup")
async def test_a_hang_up_that_is_ignored_stays_ignored() -> None:
    witness = _Witness()

    async def start(_reporter: Reporter) -> list[RunResult]:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)
        return [ENDED]

    assert await drive(witness, start, witness) == ([ENDED], False)
    assert witness.calls == []
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


async def test_an_error_closes_the_reporter_and_comes_out() -> None:
    witness = _Witness()

    async def start(_reporter: Reporter) -> list[RunResult]:
        await asyncio.sleep(0)
        raise LookupError("no such run")

    with pytest.raises(ExceptionGroup) as caught:
        await drive(witness, start, witness)
    assert [str(error) for error in caught.value.exceptions] == ["no such run"]
    assert witness.results == ()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_who_looks_on_goes_away_and_leaves_the_run_alone(
    number: signal.Signals,
) -> None:
    witness = _Witness()

    async def start(_reporter: Reporter) -> list[RunResult]:
        os.kill(os.getpid(), number)
        await witness.interrupted.wait()
        return [ENDED]

    assert await look_on(start, witness, "goodbye for now") == ((), True)
    assert witness.calls == ["goodbye"]
    assert witness.results == ()


async def test_who_looks_on_sees_the_end_or_what_went_wrong() -> None:
    witness = _Witness()

    async def start(_reporter: Reporter) -> list[RunResult]:
        await asyncio.sleep(0)
        return [ENDED]

    async def fail(_reporter: Reporter) -> list[RunResult]:
        await asyncio.sleep(0)
        raise LookupError("no such run")

    assert await look_on(start, witness, "") == ([ENDED], False)
    with pytest.raises(ExceptionGroup) as caught:
        await look_on(fail, witness, "")
    assert [str(error) for error in caught.value.exceptions] == ["no such run"]

"""Two outputs beside each other: how they look, and what stands where there is none."""

from pathlib import Path

import pytest

from dialog_host import HOSTILE, DialogHost, assert_harmless
from leo_engine.spec.model import Shell
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_tui.feed.reading import AttemptOutput, LogView, TaskOutput
from leo_tui.screens.outputs_beside import Both, OutputsBesideScreen, Titles
from leo_tui.text.arrivals import Arrivals
from leo_tui.viewmodels.tasks.run_model import RunModel
from run_models import attempt_row, run_row, task_row
from snapshots import SIZES, Snapshot

NOW_MS = 60_000


def output_of(log: Path, text: str, *, word: str, outcome: str) -> TaskOutput:
    """Return an ended attempt that has written a text."""
    log.write_text(text, errors="replace")
    status = RunStatus.SUCCEEDED if word == "ok" else RunStatus.FAILED
    shape = dag("load", tasks={"load": {"action": Shell("python load.py")}})
    attempt = attempt_row("load", ended_ms=13_000, outcome=outcome, exit_code=2)
    row = task_row("load", word, attempt=1, max_attempts=1, started_ms=1_000)
    model = RunModel(shape, run_row(run_id=log.stem, status=status), [row], [attempt])
    view = LogView(log, Arrivals([], []), log.stat().st_size)
    output = AttemptOutput(logs=[view], masks=(), is_final=True)
    return TaskOutput(model, 0, attempt, output)


def beside(both: Both) -> DialogHost:
    async def look() -> Both:
        return both

    titles = Titles("load", "run 40", "run 41")
    return DialogHost(OutputsBesideScreen(titles, look, lambda: NOW_MS))


async def test_they_look_as_accepted(tmp_path: Path, snapshot: Snapshot) -> None:
    lines = "".join(f"row {number}\n" for number in range(1, 30))
    good = output_of(tmp_path / "a.log", lines, word="ok", outcome="succeeded")
    bad_text = lines.replace("row 5\n", "row 5\nERROR: no such table\n")
    bad = output_of(tmp_path / "b.log", bad_text, word="failed", outcome="failed")
    app = beside((good, bad))
    async with app.run_test(size=SIZES[0]) as pilot:
        await pilot.pause()
        await snapshot(pilot, "beside", SIZES)


@pytest.mark.parametrize("first_is_missing", [True, False])
async def test_a_run_without_the_task_says_so(
    tmp_path: Path, *, first_is_missing: bool
) -> None:
    there = output_of(tmp_path / "a.log", "x\n", word="ok", outcome="succeeded")
    app = beside((None, there) if first_is_missing else (there, None))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        assert "The run has no such task." in app.text()


async def test_hostile_output_does_no_harm(tmp_path: Path) -> None:
    text = f"{HOSTILE}\n" * 40
    both = (
        output_of(tmp_path / "a.log", text, word="ok", outcome="succeeded"),
        output_of(tmp_path / "b.log", text, word="ok", outcome="succeeded"),
    )
    app = beside(both)
    async with app.run_test(size=(100, 24)) as pilot:
        await assert_harmless(pilot)
        await pilot.press("G", "w", "l")
        await assert_harmless(pilot)

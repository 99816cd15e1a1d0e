"""What `U` takes back on the screen, what it says, and what it cannot take back."""

from pathlib import Path

import pytest

from leo_tui.keys.actions import Place
from leo_tui.screens.main.scene import Scene
from stage_set import Stage, stage

pytestmark = pytest.mark.timeout(60)
GROUPS = "\n".join(
    f'[tasks."{name}"]\ncmd = "sleep {{{{ wait }}}}; test {name} != load.b"'
    for name in ("extract.a", "extract.b", "load.a", "load.b", "mail")
)
DAG = f'[params]\nwait = "0"\n{GROUPS}\n'


def is_over(scene: Scene) -> bool:
    return scene.run is not None and scene.run.ended_ms is not None


def said(seen: Stage) -> str:
    return "".join(span.text for span in seen.main.bridge.scene.message)


async def undo(seen: Stage) -> str:
    await seen.press("U")
    await seen.pilot.pause()
    return said(seen)


async def test_marks_come_and_go(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(DAG)
    async with stage(tmp_path) as seen:
        tasks = seen.main.bridge.panels.tasks
        assert await undo(seen) == "nothing to undo"
        await seen.press("3", "G", "space", "*")
        everything = tasks.marked_keys
        assert len(everything) == 7
        await seen.press("escape")
        assert not tasks.marked_keys
        assert await undo(seen) == "undone: unmarking 7 rows"
        assert tasks.marked_keys == everything
        assert await undo(seen) == "undone: marking 6 rows"
        assert tasks.marked_keys == everything[:1]
        assert await undo(seen) == "undone: marking 1 row"
        assert await undo(seen) == "nothing to undo"


async def test_a_filter_and_folds_are_as_before(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(DAG)
    async with stage(tmp_path) as seen:
        tasks = seen.main.bridge.panels.tasks
        await seen.press("3")
        seen.main.perform("tasks.fold_all")
        assert tasks.row_count() == 3
        await seen.press("/")
        await seen.type("mail")
        await seen.press("enter")
        await seen.until(lambda: tasks.filter_text == "mail")
        await seen.press("escape")
        await seen.until(lambda: not tasks.filter_text)
        assert await undo(seen) == "undone: dropping the filter 'mail'"
        assert tasks.row_count() == 1
        assert await undo(seen) == "undone: the filter 'mail'"
        assert tasks.row_count() == 3
        assert await undo(seen) == "undone: folding 2 groups"
        assert tasks.row_count() == 7
        seen.main.perform("tasks.only_failed")
        assert await undo(seen) == "undone: the filter 'failed'"


async def test_marks_of_another_run_are_not_put_on_this_one(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(DAG)
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        await seen.press("s")
        await seen.until(lambda: is_over(scene))
        first = scene.run_id
        await seen.press("3", "space")
        seen.main.perform("run.again")
        await seen.until(lambda: scene.run_id != first and is_over(scene))
        # The start is the latest that was done.
        assert "X stops it" in scene.why_no_undo()
        await seen.press("3", "space")
        await seen.main._loading.open_run(first)
        assert "not shown now" in scene.why_no_undo()
        await undo(seen)
        assert not seen.main.bridge.panels.tasks.marked_keys


async def test_a_sample_is_taken_away_only_as_it_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "dags"
    folder.mkdir()
    async with stage(folder) as seen:
        await seen.press("1", "+")
        await seen.until(lambda: seen.main.bridge.scene.undos)
        [sample] = folder.glob("hello.*")
        text = sample.read_text()
        sample.write_text(f"{text}\n# mine\n")
        why = f"{sample.name} was changed since: it stays"
        assert seen.main.why_not("undo") == why
        await undo(seen)
        assert sample.exists()
        sample.write_text(text)
        await seen.press("U")
        await seen.until(lambda: said(seen) == f"undone: the new file {sample.name}")
        assert not sample.exists()
        assert seen.place is Place.FILES


async def test_a_retry_is_no_such_thing_and_says_how_it_is_stopped(
    tmp_path: Path,
) -> None:
    (tmp_path / "etl.toml").write_text(DAG)
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        await seen.press("s")
        await seen.until(lambda: is_over(scene))
        await seen.press("3", "space", "!", "r")
        await seen.until(lambda: "retry" in scene.why_no_undo())
        assert "cannot be taken back: x stops it" in scene.why_no_undo()


async def test_a_pause_is_taken_back_until_the_run_is_over(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(DAG.replace('wait = "0"', 'wait = "60"'))
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        await seen.press("s")
        await seen.until(lambda: scene.run is not None and "started" in said(seen))
        assert scene.run is not None
        run = scene.run
        await seen.press("p")
        await seen.until(lambda: scene.run is not None and scene.run.paused)
        await undo(seen)
        await seen.until(lambda: scene.run is not None and not scene.run.paused)
        await seen.press("p")
        await seen.until(lambda: scene.run is not None and scene.run.paused)
        await seen.feed.do(lambda desk: desk.cancel(run.run_id, by="test"))
        await seen.until(lambda: is_over(scene))
        assert scene.why_no_undo() == "run 1 is over: cancelled"

"""What only the palette does to a run: again, export, delete."""

import asyncio
import tarfile
from pathlib import Path

import pytest

from leo_engine.app import Engine
from leo_tui.keys.actions import Place
from leo_tui.screens.confirm import ConfirmScreen
from leo_tui.screens.main.scene import Scene
from stage_set import Stage, stage

pytestmark = pytest.mark.timeout(60)
ETL = """
[params]
word = "usual"
[tasks.load]
cmd = "echo {{ word }}; sleep {{ wait }}"
[params.wait]
default = "0"
"""


def said(seen: Stage) -> str:
    return "".join(span.text for span in seen.main.bridge.scene.message)


def is_over(scene: Scene) -> bool:
    return scene.run is not None and scene.run.ended_ms is not None


async def ran(seen: Stage, word: str) -> Scene:
    """Start a run with a parameter, by the form."""
    scene = seen.main.bridge.scene
    before = scene.run_id
    await seen.press("S")
    await seen.shows("Start etl")
    await seen.press(*["backspace"] * 9)
    await seen.type(word)
    await seen.press("ctrl+s")
    await seen.until(lambda: scene.run_id != before and is_over(scene))
    return scene


async def test_a_run_begins_again_with_the_same_parameters(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        scene = await ran(seen, "other")
        first = scene.run
        assert first is not None
        seen.main.perform("run.again")
        await seen.until(lambda: scene.run_id != first.run_id and is_over(scene))
        assert scene.run is not None
        assert scene.run.params == first.params == {"word": "other", "wait": "0"}
        await seen.until(lambda: len(scene.runs) == 2)


async def test_an_export_says_where_it_is_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    written = tmp_path / "exports"
    written.mkdir()
    monkeypatch.chdir(written)
    async with stage(tmp_path) as seen:
        assert seen.main.why_not("run.export") == "nothing has run yet: s starts it"
        await ran(seen, "other")
        for count in (1, 2):
            seen.main.perform("run.export")
            await seen.until(lambda: said(seen).startswith("written: "))
            path = Path(said(seen).removeprefix("written: "))
            assert path.parent == written
            assert len(list(written.iterdir())) == count
            with tarfile.open(path) as archive:
                names = archive.getnames()
            assert any(name.endswith("run.json") for name in names)
            assert any(name.endswith(".log") for name in names)
            seen.main.bridge.say("")


async def test_an_export_that_fails_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        await ran(seen, "other")
        monkeypatch.setattr(Path, "absolute", lambda path: Path("/nowhere") / path)
        seen.main.perform("run.export")
        await seen.until(lambda: said(seen).startswith("cannot export: No such file"))


async def test_a_run_is_deleted_after_a_question_and_the_one_before_is_shown(
    tmp_path: Path,
) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        scene = await ran(seen, "one")
        first = scene.run_id
        await ran(seen, "two")
        logs = tmp_path / ".leo" / "runs" / scene.run_id
        assert logs.exists()
        seen.main.perform("run.delete")
        await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen))
        await seen.press("n")
        await seen.until(lambda: seen.app.screen is seen.main)
        assert logs.exists()
        seen.main.perform("run.delete")
        await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen))
        await seen.press("y")
        await seen.until(lambda: scene.run_id == first and len(scene.runs) == 1)
        assert not logs.exists()
        assert scene.latest["etl"].run_id == first
        assert scene.why_no_undo() == "run 2 was deleted for good"
        seen.main.perform("run.delete")
        await seen.until(lambda: isinstance(seen.app.screen, ConfirmScreen))
        await seen.press("y")
        await seen.until(lambda: scene.run is None and not scene.runs)
        assert "etl" not in scene.latest
        await seen.shows("Never run.")


async def test_a_run_that_somebody_else_deletes_is_shown_no_more(
    tmp_path: Path,
) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        scene = await ran(seen, "one")
        first = scene.run_id
        second = (await ran(seen, "two")).run_id
        other = Engine(seen.feed.settings)
        await asyncio.to_thread(other.delete_run, second)
        await seen.until(lambda: scene.run_id == first)
        assert scene.latest["etl"].run_id == first
        assert said(seen) == "run 2 has been deleted"
        await asyncio.to_thread(other.delete_run, first)
        await seen.until(lambda: scene.run is None)
        await seen.shows("Never run.")
        assert "etl" not in scene.latest


async def test_old_runs_are_deleted_after_it_is_said_how_many(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        for word in ("one", "two", "three"):
            await ran(seen, word)
        newest = scene.run_id
        seen.main.perform("runs.delete_old")
        await seen.shows("keep of each file the newest")
        await seen.press("enter")
        await seen.until(lambda: said(seen).startswith("there are no older runs"))
        seen.main.perform("runs.delete_old")
        await seen.dialog()
        await seen.press("backspace", "backspace", "1", "enter")
        await seen.shows("Delete 2 runs?")
        await seen.press("y")
        await seen.until(lambda: [run.run_id for run in scene.runs] == [newest])
        assert said(seen) == "2 runs deleted"


async def test_the_task_under_the_cursor_runs_alone(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(ETL + "[tasks.tell]\ncmd = 'true'\n")
    async with stage(tmp_path) as seen:
        scene = await ran(seen, "other")
        first = scene.run
        assert first is not None
        await seen.press("3", "G")
        seen.main.perform("task.run_only")
        await seen.until(lambda: scene.run_id != first.run_id and is_over(scene))
        await seen.until(lambda: scene.model is not None)
        assert scene.model is not None
        assert list(scene.model.ids) == ["tell"]
        assert scene.model.run.params == first.params


async def test_a_run_that_goes_on_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(ETL.replace('"0"', '"60"'))
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        await seen.press("s")
        await seen.until(lambda: scene.run is not None)
        assert seen.main.why_not("run.delete") == "the run has not ended"
        run_id = scene.run_id
        await seen.feed.do(lambda desk: desk.cancel(run_id, by="test"))
        await seen.until(lambda: is_over(scene))


async def test_the_environment_of_a_task_is_shown_with_its_secrets_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", "s3cr3t")
    (tmp_path / "etl.toml").write_text(
        '[tasks.load]\ncmd = "true"\nsecrets = { TOKEN = "env:API_TOKEN" }\n'
    )
    async with stage(tmp_path) as seen:
        assert seen.main.why_not("task.environment").startswith("nothing has run yet")
        await seen.press("s")
        await seen.until(lambda: is_over(seen.main.bridge.scene))
        await seen.press("3")
        await seen.command("environment")
        await seen.shows("LEO_TASK=load", "TOKEN=***", "secret env:API_TOKEN")
        assert "s3cr3t" not in seen.text()


async def test_the_command_that_starts_such_a_run_again_is_copied(
    tmp_path: Path,
) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        await ran(seen, "other")
        seen.main.perform("run.copy_start")
        await seen.until(lambda: said(seen).startswith("copied: "))
        assert said(seen).endswith("--once etl -p word=other -p wait=0")


async def test_runs_are_kept_in_view_by_how_they_stand(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        await ran(seen, "one")
        runs = seen.main.bridge.panels.runs
        await seen.until(lambda: runs.row_count() == 1)
        for action in ("runs.only_failed", "runs.only_running"):
            seen.main.perform(action)
            await seen.until(lambda: runs.row_count() == 0)
            await seen.press("2", "escape")
            await seen.until(lambda: runs.row_count() == 1)


async def test_a_file_is_checked_on_request(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(ETL)
    async with stage(tmp_path) as seen:
        seen.main.perform("file.validate")
        await seen.until(lambda: said(seen) == "no problems in 1 task")
        (tmp_path / "etl.toml").write_text('[tasks.load]\ncmdd = "true"\n')
        seen.main.perform("file.validate")
        await seen.shows("cmdd", "cmd")
        assert seen.place is Place.PROBLEMS

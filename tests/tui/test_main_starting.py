"""Starting on the screen: at once, with a form, some tasks only, or not at all."""

from pathlib import Path

import pytest
from textual.widgets import Select

from leo_engine.state.status import RunStatus
from leo_tui.keys.actions import Place
from leo_tui.screens.main.scene import Scene
from leo_tui.screens.params_form import ParamsFormScreen
from leo_tui.screens.text_screen import TextScreen
from leo_tui.viewmodels.start_form import Scope
from stage_set import Stage, stage

pytestmark = pytest.mark.timeout(60)
PLAIN = """
[tasks.load]
cmd = "true"
[tasks.clean]
cmd = "true"
depends_on = ["load"]
[tasks.report]
cmd = "echo {{ outputs.clean.n }}"
depends_on = ["clean"]
"""
GIVEN = """
[params.day]
type = "integer"
required = true
[tasks.load]
cmd = "echo {{ day }}"
"""


def is_over(scene: Scene) -> bool:
    return scene.run is not None and scene.run.ended_ms is not None


def form_of(seen: Stage) -> ParamsFormScreen:
    assert isinstance(seen.app.screen, ParamsFormScreen)
    return seen.app.screen


async def form(seen: Stage, key: str) -> ParamsFormScreen:
    await seen.press(key)
    await seen.until(lambda: isinstance(seen.app.screen, ParamsFormScreen))
    return form_of(seen)


def scope_of(seen: Stage) -> Select[Scope]:
    [found] = [
        one for one in form_of(seen).query(Select) if isinstance(one.value, Scope)
    ]
    return found


async def test_a_missing_value_is_asked_for_and_the_last_one_proposed(
    tmp_path: Path,
) -> None:
    (tmp_path / "etl.toml").write_text(GIVEN)
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        await form(seen, "s")
        await seen.shows("'day' is required")
        await seen.press("x", "enter")
        await seen.shows("'day' must be a whole number, not 'x'")
        await seen.press("backspace", "7", "enter")
        await seen.until(lambda: is_over(scene))
        assert scene.run is not None
        assert scene.run.params == {"day": 7}
        assert seen.place is Place.TASKS
        await form(seen, "S")
        await seen.shows("as last time")
        await seen.press("escape")


async def test_marked_tasks_run_alone_and_stay_alone(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(PLAIN)
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        await seen.press("3", "j", "space")
        await form(seen, "S")
        assert scope_of(seen).value is Scope.ONLY
        await seen.press("ctrl+s")
        await seen.until(lambda: is_over(scene))
        assert scene.run is not None
        assert scene.run.options["only"] == ["clean"]
        assert scene.model is not None
        assert scene.model.ids == ("clean",)
        assert "(1 task only)" in scene.why_no_undo()
        first = scene.run_id
        seen.main.perform("run.again")
        await seen.until(lambda: scene.run_id != first and is_over(scene))
        assert scene.model.ids == ("clean",)


async def test_a_part_that_lacks_an_output_is_refused_at_the_field(
    tmp_path: Path,
) -> None:
    (tmp_path / "etl.toml").write_text(PLAIN)
    async with stage(tmp_path) as seen:
        await seen.press("3", "G", "space")
        await form(seen, "S")
        await seen.shows("'report' uses the outputs of 'clean': that task is left out")
        await seen.press("ctrl+s")
        scope_of(seen).value = Scope.UPSTREAM
        await seen.hides("left out")


async def test_a_dry_run_shows_the_plan_and_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(PLAIN)
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        await seen.press("3")
        screen = await form(seen, "S")
        screen._dry_run.action_turn()
        scope_of(seen).value = Scope.DOWNSTREAM
        await seen.pilot.pause()
        await seen.press("ctrl+s")
        await seen.until(lambda: isinstance(seen.app.screen, TextScreen))
        await seen.shows("what would run", "3 tasks on 8 slots", "critical path")
        await seen.press("escape")
        await seen.shows("nothing was started")
        assert scene.run is None


async def test_continuing_says_that_the_run_keeps_to_its_tasks(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(PLAIN.replace('cmd = "true"', 'cmd = "false"'))
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        await seen.press("3", "space")
        await form(seen, "S")
        await seen.press("ctrl+s")
        await seen.until(lambda: is_over(scene))
        await seen.press("c")
        await seen.shows("of 1 task of the file only (load)", "it keeps to them")
        await seen.press("y")
        await seen.until(lambda: scene.run is not None and scene.run.generation == 2)
        assert scene.run is not None
        assert scene.run.total == 1


async def test_a_start_takes_a_package_as_it_is_now(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text("[tasks.a]\npython = 'pkg.mod:f'\n")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "mod.py").write_text("def f(): pass\n")
    async with stage(tmp_path) as seen:
        scene = seen.main.bridge.scene
        await seen.press("s")
        await seen.until(lambda: is_over(scene))
        first = scene.run
        assert first is not None
        assert first.status is RunStatus.SUCCEEDED
        (tmp_path / "pkg" / "mod.py").write_text("def f(): raise SystemExit(3)\n")
        await seen.press("s")
        await seen.until(lambda: is_over(scene) and scene.run != first)
        assert scene.run is not None
        assert scene.run.dag_hash != first.dag_hash
        assert scene.run.status is RunStatus.FAILED


async def test_nothing_is_started_whose_daemon_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nowhere")
    (tmp_path / "etl.toml").write_text('[tasks.load]\nimage = "alpine"\ncmd = "true"\n')
    async with stage(tmp_path) as seen:
        await seen.press("s")
        await seen.shows("no Docker daemon answers at")
        assert await seen.feed.runs("etl") == []

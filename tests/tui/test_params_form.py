"""The form of a start with options: filled in by keys, judged while it is."""

from collections.abc import Mapping

import pytest
from textual.widgets import Select

from dialog_host import HOSTILE, DialogHost, assert_harmless
from leo_engine.errors import SpecValidationError
from leo_engine.spec.model import Dag, Json, Param, Shell, Task
from leo_engine.spec.params import bind_params
from leo_tui.screens.params_form import ParamsFormScreen
from leo_tui.theme import Glyphs, ThemeName
from leo_tui.viewmodels.start_form import Scope, StartOptions
from leo_tui.widgets.toggle import Toggle
from snapshots import SIZES, Snapshot

DAG = Dag(
    name="nightly_etl",
    tasks=tuple(Task(id=name, base=name, action=Shell("true")) for name in "abc"),
    params=(
        Param(name="day", required=True, description="The day to load."),
        Param(name="count", type="integer", default=3, has_default=True),
        Param(name="mode", enum=("fast", "safe"), default="safe", has_default=True),
        Param(name="full", type="boolean", default=False, has_default=True),
    ),
)


def check(values: Mapping[str, Json]) -> dict[str, str]:
    """Return the engine's opinion by parameter."""
    try:
        bind_params(DAG, values)
    except SpecValidationError as error:
        return {str(problem.path[-1]): problem.message for problem in error.problems}
    return {}


def form(dag: Dag = DAG, **before: Json) -> ParamsFormScreen:
    return ParamsFormScreen(dag, before, check=check if dag is DAG else lambda _: {})


async def test_enter_starts_with_what_was_typed() -> None:
    app = DialogHost(form())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"2026", "enter")
        assert app.results == [StartOptions({"day": "2026"})]


async def test_what_is_wrong_is_told_and_keeps_it_from_starting() -> None:
    app = DialogHost(form())
    async with app.run_test(size=(80, 24)) as pilot:
        assert "'day' is required" in app.text()
        await pilot.press(*"7", "tab", "x", "enter")
        assert "'count' must be a whole number, not '3x'" in app.text()
        assert app.results == []
        await pilot.press("backspace")
        assert "whole number" not in app.text()
        await pilot.press("ctrl+s")
        assert app.results == [StartOptions({"day": "7"})]


async def test_a_choice_and_a_toggle_are_made_with_keys() -> None:
    app = DialogHost(form(day="7"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "tab", "enter", "up", "enter")
        await pilot.press("tab", "space", "ctrl+s")
        values = {"day": "7", "mode": "fast", "full": "true"}
        assert app.results == [StartOptions(values)]


async def test_a_run_can_be_of_some_tasks_only() -> None:
    app = DialogHost(ParamsFormScreen(DAG, {"day": "7"}, tasks=["b", "c"]))
    async with app.run_test(size=(120, 40)) as pilot:
        app.screen.query_one(Select).blur()
        scope = [s for s in app.screen.query(Select) if s.value is Scope.ONLY]
        scope[0].value = Scope.DOWNSTREAM
        app.screen.query_one("#slots").focus()
        await pilot.press("4", "tab", "enter", "ctrl+s")
        assert app.results == [
            StartOptions({"day": "7"}, Scope.DOWNSTREAM, ("b", "c"), 4, dry_run=True)
        ]


async def test_a_task_that_there_is_not_and_slots_that_are_none_are_refused() -> None:
    app = DialogHost(ParamsFormScreen(DAG, {"day": "7"}, tasks=["b"]))
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.query_one("#tasks").focus()
        await pilot.press("end", "x", "enter")
        assert "no task 'bx' in this DAG" in app.text()
        await pilot.press("backspace")
        app.screen.query_one("#slots").focus()
        await pilot.press("0", "enter")
        assert "slots is a whole number of at least 1" in app.text()
        assert app.results == []


async def test_it_can_be_left() -> None:
    app = DialogHost(form())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("x", "escape")
        assert app.results == [None]


async def test_the_mouse_starts_and_turns_over() -> None:
    app = DialogHost(form(day="7"))
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.click(app.screen.query(Toggle).last())
        await pilot.click(app.screen.query("Answer").first())
        assert app.results == [StartOptions({"day": "7"}, dry_run=True)]


async def test_a_dag_without_parameters_has_a_form_too() -> None:
    app = DialogHost(form(Dag(name="plain", tasks=DAG.tasks)))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.press("ctrl+s")
        assert app.results == [StartOptions({})]


async def test_a_form_longer_than_the_screen_scrolls_to_the_field() -> None:
    params = tuple(Param(name=f"p{number}") for number in range(30))
    app = DialogHost(form(Dag(name="long", tasks=DAG.tasks, params=params)))
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.press(*["tab"] * 20)
        await pilot.pause()
        assert "p20" in app.text()
        assert "enter  start" in app.text()


async def test_hostile_parameters_do_no_harm() -> None:
    params = (
        Param(name="a", default=HOSTILE, has_default=True, description=HOSTILE),
        Param(name="b", enum=(HOSTILE, "x"), default=HOSTILE, has_default=True),
    )
    app = DialogHost(form(Dag(name=HOSTILE, tasks=(), params=params)))
    async with app.run_test(size=(80, 24)) as pilot:
        await assert_harmless(pilot)
        await pilot.press("tab", "enter")
        await assert_harmless(pilot)


@pytest.mark.parametrize("theme", ThemeName)
async def test_a_form_is_whole_in_every_theme_and_in_ascii(theme: ThemeName) -> None:
    app = DialogHost(form(day="7"), theme=theme, glyphs=Glyphs.ASCII)
    async with app.run_test(size=(80, 30)) as pilot:
        assert app.text().isascii()
        await pilot.press("tab", "tab", "enter")
        assert app.text().isascii()


async def test_the_form_looks_as_accepted(snapshot: Snapshot) -> None:
    app = DialogHost(form(count=9))
    async with app.run_test(size=SIZES[0]) as pilot:
        await snapshot(pilot, "form", SIZES)

"""The form of a start with options: filled in by keys, judged while it is."""

import pytest
from textual.events import Key
from textual.widgets import Select

from dialog_host import HOSTILE, DialogHost, assert_harmless
from leo_engine.spec.model import Dag, Json, Param, Shell, Task
from leo_engine.spec.part import Part
from leo_tui.screens.params_form import ParamsFormScreen
from leo_tui.theme import Glyphs, ThemeName
from leo_tui.viewmodels.start_form import Proposal, Scope, StartOptions, param_faults
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


def form(dag: Dag = DAG, **before: Json) -> ParamsFormScreen:
    if dag is not DAG:
        return ParamsFormScreen(dag, before)
    return ParamsFormScreen(dag, before, check=lambda v: param_faults(DAG, v))


def check_part(part: Part) -> str:
    return "c needs a" if part.tasks == ("c",) and not part.upstream else ""


async def test_enter_starts_with_what_was_typed() -> None:
    app = DialogHost(form())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"2026", "enter")
        assert app.results == [StartOptions({"day": "2026"})]


async def test_keys_of_a_hurried_hand_edit_in_the_order_they_were_typed() -> None:
    app = DialogHost(form(day="12"))
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ["backspace", "backspace", *"2026", "left", *"3"]:
            app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.press("enter")
        assert app.results == [StartOptions({"day": "20236"})]


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
    marked = Proposal(("b", "c"), is_marked=True)
    app = DialogHost(ParamsFormScreen(DAG, {"day": "7"}, proposal=marked))
    async with app.run_test(size=(120, 40)) as pilot:
        app.screen.query_one(Select).blur()
        scope = [s for s in app.screen.query(Select) if s.value is Scope.ONLY]
        scope[0].value = Scope.DOWNSTREAM
        app.screen.query_one("#tasks").focus()
        await pilot.press("tab", "enter", "ctrl+s")
        assert app.results == [
            StartOptions({"day": "7"}, Scope.DOWNSTREAM, ("b", "c"), dry_run=True)
        ]


async def test_the_task_under_the_cursor_is_offered_and_all_run_unless_asked() -> None:
    form = ParamsFormScreen(DAG, {"day": "7"}, proposal=Proposal(("b",)))
    app = DialogHost(form)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+s")
        assert app.results == [StartOptions({"day": "7"})]


async def test_tasks_that_need_others_are_refused_until_those_are_taken_too() -> None:
    marked = Proposal(("c",), is_marked=True)
    form = ParamsFormScreen(DAG, {"day": "7"}, check_part=check_part, proposal=marked)
    app = DialogHost(form)
    async with app.run_test(size=(120, 40)) as pilot:
        assert "c needs a" in app.text()
        await pilot.press("ctrl+s")
        assert app.results == []
        [scope] = [s for s in app.screen.query(Select) if s.value is Scope.ONLY]
        scope.value = Scope.UPSTREAM
        await pilot.pause()
        assert "c needs a" not in app.text()
        await pilot.press("ctrl+s")
        assert app.results == [StartOptions({"day": "7"}, Scope.UPSTREAM, ("c",))]


async def test_a_task_that_there_is_not_is_refused() -> None:
    marked = Proposal(("b",), is_marked=True)
    app = DialogHost(ParamsFormScreen(DAG, {"day": "7"}, proposal=marked))
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.query_one("#tasks").focus()
        await pilot.press("end", "x", "enter")
        assert "no task 'bx' in this DAG" in app.text()
        assert app.results == []
        await pilot.press("backspace", "enter")
        assert app.results == [StartOptions({"day": "7"}, Scope.ONLY, ("b",))]


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

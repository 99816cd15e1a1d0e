"""Commands are found by words or letters, fast, and say why they cannot be run."""

import time
from collections.abc import Callable

import pytest

from leo_tui.keys.actions import Place
from leo_tui.keys.keymap import Keymap
from leo_tui.text.width import cells
from leo_tui.viewmodels.commands import (
    Command,
    CommandSearch,
    help_commands,
    help_line,
    palette_line,
    wanted_first,
)
from leo_tui.viewmodels.spans import text_of

COMMANDS = [
    Command("Retry task: pull_orders", "task.retry", key="r"),
    Command("Retry task + 37 downstream", "task.retry_downstream", key="R"),
    Command("Continue run 40 from its failures", "run.continue", key="c"),
    Command("Stop the run", "run.stop", key="X", why_not="the run has ended"),
]
TASKS = ["pull_orders", "load_orders", "load[shard=a]", "Publish"]


def found(text: str) -> list[str]:
    search = CommandSearch(COMMANDS, TASKS, "goto.task")
    search.find(text)
    return [search.command(row).title for row in range(len(search.found))]


def test_nothing_typed_shows_the_commands_and_no_tasks() -> None:
    assert found("") == [command.title for command in COMMANDS]
    assert found("   ") == found("")


def test_all_words_anywhere_in_the_title_come_first() -> None:
    assert found("retry down") == ["Retry task + 37 downstream"]
    assert found("down retry") == ["Retry task + 37 downstream"]
    assert found("orders")[:3] == [
        "Retry task: pull_orders",
        "Go to pull_orders",
        "Go to load_orders",
    ]


def test_letters_in_order_come_after_words() -> None:
    assert found("rtdn") == ["Retry task + 37 downstream"]
    titles = found("run")
    assert titles[:2] == ["Continue run 40 from its failures", "Stop the run"]


def test_what_has_the_text_for_a_key_comes_first() -> None:
    assert found("R")[0] == "Retry task + 37 downstream"
    assert found("c")[0] == "Continue run 40 from its failures"
    assert len(found("c")) == len(set(found("c")))


def test_a_capital_matches_only_itself() -> None:
    assert found("Pub") == ["Go to Publish"]
    assert found("pub") == ["Go to Publish"]
    assert found("PUB") == []


def test_a_task_is_gone_to_by_name_with_or_without_the_verb() -> None:
    search = CommandSearch(COMMANDS, TASKS, "goto.task")
    for text in ("go to load[", "load[", "l[=]"):
        search.find(text)
        command = search.command(0)
        assert (command.action_id, command.argument) == ("goto.task", "load[shard=a]")


def test_typing_on_and_deleting_find_the_same_as_typing_at_once() -> None:
    search = CommandSearch(COMMANDS, TASKS, "goto.task")
    typed = ["r", "re", "ret", "re", "r", "", "o", "or", "orP", "or", "or pull", "P"]
    for text in typed:
        search.find(text)
        assert [search.command(row).title for row in range(len(search.found))] == (
            found(text)
        ), text


@pytest.mark.parametrize("text", ["^", "]", "-", "\\", "[a-z]", ".*", "(", "a b ^"])
def test_signs_stand_for_themselves(text: str) -> None:
    search = CommandSearch([Command(f"x{text}y", "zoom"), Command("other", "help")])
    search.find(text)
    assert [search.command(row).action_id for row in range(len(search.found))] == [
        "zoom"
    ]


def quickest_s(work: Callable[[], object]) -> float:
    """Return the CPU time that something takes when nothing comes between."""
    runs = []
    for _ in range(5):
        begun = time.process_time()
        work()
        runs.append(time.process_time() - begun)
    return min(runs)


def test_each_key_among_ten_thousand_tasks_costs_a_few_looks_at_their_names() -> None:
    tasks = [f"extract.region_{n % 40}.shard[{n}]" for n in range(10_000)]
    search = CommandSearch(COMMANDS, tasks, "goto.task")
    text = "ragion shard 7777"

    def letter_by_letter() -> None:
        for end in range(len(text) + 1):
            search.find(text[:end])

    looks_s = quickest_s(lambda: [task for task in tasks if "7777" in task.lower()])
    assert quickest_s(letter_by_letter) < 10 * len(text) * looks_s


def test_a_title_made_to_be_slow_is_not() -> None:
    search = CommandSearch([Command("a" * 100_000, "zoom")])
    begun = time.process_time()
    search.find("a" * 50 + "b")
    assert time.process_time() - begun < 0.05
    assert list(search.found) == []


@pytest.mark.parametrize("draw", [palette_line, help_line])
@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_row_fits_and_is_harmless(draw: object, width: int) -> None:
    assert callable(draw)
    hostile = "\x1b[2J[b]" + "日本" * 30
    for command in (*COMMANDS, Command(hostile, "zoom", why_not=hostile)):
        text = text_of(draw(command, width))
        assert cells(text) <= width
        assert "\x1b" not in text


def test_a_command_that_cannot_be_run_says_why() -> None:
    assert text_of(palette_line(COMMANDS[3], 60)) == "Stop the run  (the run has ended)"


def test_the_help_names_the_action_where_there_is_room() -> None:
    wide, narrow = (text_of(help_line(COMMANDS[0], width)) for width in (60, 40))
    assert wide.endswith("  task.retry")
    assert narrow.rstrip().endswith("pull_orders")


def test_the_help_has_every_key_of_the_place_as_it_is_set() -> None:
    keymap = Keymap.load({"out.wrap": ["W", "f2"]})
    why = {"out.save": "no output yet"}
    commands = help_commands(keymap, Place.OUTPUT, lambda name: why.get(name, ""))
    by_id = {command.action_id: command for command in commands}
    assert by_id["out.wrap"].key == "W f2"
    assert by_id["nav.page_down"].key == "pgdn"
    assert by_id["out.save"].why_not == "no output yet"
    assert "file.new" not in by_id


def test_what_is_wanted_in_a_place_comes_first() -> None:
    ids = ("focus.files", "zoom", "file.edit", "run.start", "task.retry", "run.stop")
    commands = [Command(one, one) for one in ids]
    commands[3] = commands[3]._replace(why_not="not now")
    of_tasks = [one.action_id for one in wanted_first(commands, Place.TASKS)]
    assert of_tasks == [
        *("task.retry", "run.stop", "file.edit", "zoom", "focus.files", "run.start")
    ]
    assert wanted_first(commands, Place.FILES)[0].action_id == "file.edit"
    assert wanted_first(commands, Place.OUTPUT)[0].action_id == "task.retry"

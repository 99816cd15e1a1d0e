"""Questions, previews, prompts and texts: what they return, how they look."""

from collections.abc import Callable

import pytest
from textual.screen import Screen

from dialog_host import HOSTILE, DialogHost, Ground, assert_harmless
from leo_engine.app.types import ResumeChoice
from leo_tui.keys.keymap import Keymap
from leo_tui.screens.confirm import ConfirmScreen, quit_question
from leo_tui.screens.crashed import CrashedScreen
from leo_tui.screens.preview import PreviewScreen
from leo_tui.screens.prompt import PromptScreen
from leo_tui.screens.text_screen import TextScreen
from leo_tui.screens.tour import TourScreen
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Glyphs, Style, ThemeName
from leo_tui.viewmodels.spans import Span, line
from leo_tui.widgets.answer import Answer
from snapshots import SIZES, Snapshot

CHOICES = (
    ResumeChoice("extract.users", keeps=True, reason="succeeded in generation 1"),
    ResumeChoice("extract.orders", keeps=False, reason="failed: exit 2"),
    ResumeChoice("load", keeps=False, reason="upstream extract.orders runs again"),
)


def stop_question() -> ConfirmScreen:
    return ConfirmScreen(
        "Stop run 41?",
        [
            line("8 running tasks get SIGTERM, then SIGKILL after 10 s."),
            line(
                "540 pending tasks will not start. ",
                Span("412 results kept", Style.GOOD),
                "; c continues the run later from where it stopped.",
            ),
        ],
        yes="stop run",
        no="keep running",
    )


def text_screen() -> TextScreen:
    lines = [line(f"{number:3} " + "wide " * 40) for number in range(80)]
    return TextScreen("Definition of load", lines)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["y"], "yes"),
        (["n"], "no"),
        (["escape"], "no"),
        (["enter"], "no"),
        (["tab", "enter"], "yes"),
        (["right", "left", "enter"], "no"),
        (["down", "space"], "yes"),
    ],
)
async def test_a_question_is_answered_with_keys(keys: list[str], answer: str) -> None:
    app = DialogHost(stop_question())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        assert app.results == [answer]


async def test_a_question_is_answered_with_the_mouse() -> None:
    app = DialogHost(stop_question())
    async with app.run_test(size=(80, 24)) as pilot:
        row = next(number for number, t in enumerate(app.rows()) if "stop run" in t)
        await pilot.click(offset=(app.rows()[row].index("stop run"), row))
        assert app.results == ["yes"]


async def test_what_lies_below_goes_on_changing() -> None:
    app = DialogHost(stop_question())
    async with app.run_test(size=(80, 24)) as pilot:
        ground = app.screen_stack[0].query_one(Ground)
        ground.said = "changed"
        ground.touch(0)
        await pilot.pause()
        assert app.rows()[0].strip() == "changed 0"
        assert "Stop run 41?" in app.text()


async def test_an_answer_given_twice_is_one() -> None:
    app = DialogHost(stop_question())
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.post_message(Answer.Given(app.screen.query(Answer).first()))
        app.screen.post_message(Answer.Given(app.screen.query(Answer).last()))
        await pilot.pause()
        assert app.results == ["no"]


async def test_other_keys_answer_nothing() -> None:
    app = DialogHost(stop_question())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("Y", "N", "x", "q", "ctrl+d")
        assert app.results == []


@pytest.mark.parametrize(("key", "answer"), [("n", "no"), ("y", "yes"), ("l", "third")])
async def test_quitting_asks_what_becomes_of_the_runs(key: str, answer: str) -> None:
    app = DialogHost(quit_question(2, ["nightly_etl · run 41", "ads · run 902"]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        assert app.results == [answer]


@pytest.mark.parametrize(
    ("key", "answer"),
    [("r", "reopen"), ("s", "save"), ("q", "quit"), ("escape", "reopen")],
)
async def test_a_crash_can_be_got_over(key: str, answer: str) -> None:
    app = DialogHost(CrashedScreen("ValueError: no", 1))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        assert app.results == [answer]


@pytest.mark.parametrize(
    ("key", "answer"), [("y", "yes"), ("n", "no"), ("escape", "no"), ("k", "third")]
)
async def test_a_preview_is_agreed_to_or_not(key: str, answer: str) -> None:
    app = DialogHost(PreviewScreen("Continue", CHOICES, third="keep old definition"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        assert app.results == [answer]


async def test_enter_in_a_preview_says_what_to_press() -> None:
    app = DialogHost(PreviewScreen("Continue run 40", CHOICES))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        preview = app.screen
        assert isinstance(preview, PreviewScreen)
        await pilot.press("enter")
        told = str(preview.frame.border_subtitle)
        assert told == "enter does neither: y run · n do not"
        assert app.screen is preview
        await pilot.press("y")
        assert app.results == ["yes"]


async def test_a_preview_counts_and_shows_first_what_runs() -> None:
    app = DialogHost(PreviewScreen("Continue run 40", CHOICES))
    async with app.run_test(size=(80, 24)) as pilot:
        text = app.text()
        assert "1 kept, 2 to run" in text
        assert text.index("extract.orders") < text.index("extract.users")
        assert "failed: exit 2" in text
        await pilot.press("down", "k", "G", "g")
        assert app.results == []


async def test_a_prompt_returns_what_is_typed() -> None:
    heard: list[str] = []
    app = DialogHost(PromptScreen("/", on_change=heard.append))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("a", "b", "enter")
        assert app.results == ["ab"]
        assert heard[-2:] == ["a", "ab"]


async def test_a_prompt_goes_through_what_was_typed_before() -> None:
    app = DialogHost(PromptScreen("/", "ne", history=["old", "older"]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("w", "up", "up", "up")
        assert "old" in app.rows()[-1]
        await pilot.press("down", "down", "down", "enter")
        assert app.results == ["new"]


async def test_a_prompt_can_be_left() -> None:
    app = DialogHost(PromptScreen("/", "text"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape")
        assert app.results == [None]


async def test_a_text_is_scrolled_panned_and_copied() -> None:
    app = DialogHost(text_screen())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("G")
        assert "79 wide" in app.text()
        await pilot.press("g", "right")
        assert "0 wide" not in app.text()
        await pilot.press("left", "y")
        assert app.clipboard.count("\n") == 79
        assert "copied 80 lines" in app.text()
        await pilot.press("escape")
        assert app.results == [None]


async def test_the_tour_goes_through_its_pages_and_ends() -> None:
    app = DialogHost(TourScreen(Keymap.load({"help": "f1"})))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "What you see  1/7" in app.text()
        await pilot.press("enter", "right", "left")
        assert "Moving  2/7" in app.text()
        await pilot.press(*["space"] * 5)
        assert "7/7" in app.text()
        assert "f1" in app.text()
        await pilot.click("Paragraphs")
        assert app.results == [None]


def hostile_dialogs() -> list[Screen[str] | Screen[None]]:
    text = line(Span(sanitize(HOSTILE), Style.BAD))
    choice = ResumeChoice(HOSTILE, keeps=False, reason=HOSTILE)
    return [
        ConfirmScreen(HOSTILE, [text], yes="yes", no="no"),
        quit_question(1, [HOSTILE]),
        CrashedScreen(HOSTILE),
        PreviewScreen(HOSTILE, [choice]),
        PromptScreen("/", HOSTILE, history=[HOSTILE]),
        TextScreen(HOSTILE, [text]),
    ]


@pytest.mark.parametrize("number", range(6))
async def test_nothing_raw_reaches_the_terminal(number: int) -> None:
    app = DialogHost(hostile_dialogs()[number])
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.press("up")
        await assert_harmless(pilot)
        assert "[b]" in app.text()


SHOWN: dict[str, Callable[[], Screen[str] | Screen[None]]] = {
    "stop": stop_question,
    "quit": lambda: quit_question(2, ["nightly_etl · run 41 · 54 %", "ads · run 902"]),
    "crashed": lambda: CrashedScreen("IndexError: list index out of range", 1),
    "preview": lambda: PreviewScreen(
        "Continue run 40",
        CHOICES,
        notes=[line("File changed since: 2 tasks edited, 1 added.")],
        third="keep old definition",
    ),
    "prompt": lambda: PromptScreen("/", "decode|gap"),
    "text": text_screen,
    "tour": lambda: TourScreen(Keymap.load({})),
}


@pytest.mark.parametrize("name", SHOWN)
async def test_dialogs_bear_a_terminal_of_any_size(name: str) -> None:
    app = DialogHost(SHOWN[name]())
    async with app.run_test(size=(300, 100)) as pilot:
        for size in ((20, 5), (1, 1), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.press("down", "up")
        await pilot.press("escape")
        assert len(app.results) == 1


@pytest.mark.parametrize("name", SHOWN)
async def test_dialogs_look_as_accepted(name: str, snapshot: Snapshot) -> None:
    app = DialogHost(SHOWN[name]())
    async with app.run_test(size=SIZES[0]) as pilot:
        await snapshot(pilot, name, SIZES)


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize("name", SHOWN)
async def test_dialogs_are_whole_in_every_theme_and_in_ascii(
    name: str, theme: ThemeName
) -> None:
    app = DialogHost(SHOWN[name](), theme=theme, glyphs=Glyphs.ASCII)
    async with app.run_test(size=(60, 16)):
        assert app.text().isascii()

"""Pictures: the same twice, readable when they differ, none left over."""

import re
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from snapshots import SIZES, Snapshot, difference, lines_of, picture, stale

TESTS = Path(__file__).parents[1]
README = TESTS.parent / "README.md"


class _Greeting(App[None]):
    def __init__(self, text: str, style: str = "") -> None:
        super().__init__()
        self._content = Content.styled(text, style)

    def compose(self) -> ComposeResult:
        yield Static(self._content)
        yield Input("typed")


async def drawn(text: str, style: str = "") -> str:
    async with _Greeting(text, style).run_test(size=(30, 6)) as pilot:
        return await picture(pilot)


async def test_the_same_screen_is_the_same_picture() -> None:
    assert await drawn("▸ extract") == await drawn("▸ extract")


async def test_a_picture_can_be_read_as_text() -> None:
    lines = lines_of(await drawn("▸  extract\n\n& <load>"))
    assert lines[:3] == ["▸  extract", "", "& <load>"]


async def test_a_difference_is_shown_as_lines() -> None:
    shown = difference(await drawn("▸ load"), await drawn("✓ load"))
    assert "-▸ load\n+✓ load" in shown


async def test_a_difference_of_colour_alone_is_called_so() -> None:
    before, now = await drawn("load", "red"), await drawn("load", "green")
    assert before != now
    assert difference(before, now) == "the same text in other styles"


async def test_a_picture_is_taken_at_every_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = Snapshot(tmp_path / "accepted", tmp_path)
    monkeypatch.setenv("LEO_UPDATE_SNAPSHOTS", "1")
    async with _Greeting("load").run_test(size=(30, 6)) as pilot:
        await snapshot(pilot, "greeting")
        await snapshot(pilot, "greeting", SIZES)
    names = {path.name for path in (tmp_path / "accepted").iterdir()}
    assert names == {
        f"greeting-{size}.svg" for size in ("30x6", "60x16", "80x24", "120x40")
    }


async def test_a_changed_screen_fails_with_both_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = Snapshot(tmp_path / "accepted", tmp_path)
    monkeypatch.setenv("LEO_UPDATE_SNAPSHOTS", "1")
    async with _Greeting("▸ load").run_test(size=(30, 6)) as pilot:
        await snapshot(pilot, "greeting")
    monkeypatch.delenv("LEO_UPDATE_SNAPSHOTS")
    async with _Greeting("✓ load").run_test(size=(30, 6)) as pilot:
        with pytest.raises(pytest.fail.Exception) as failure:
            await snapshot(pilot, "greeting")
    for wanted in ("accepted/greeting-30x6.svg", "✓ load", "greeting-30x6.svg\nis not"):
        assert wanted in str(failure.value)


def test_every_picture_is_of_a_test() -> None:
    sources = {path.stem: path.read_text() for path in TESTS.rglob("test_*.py")}
    assert stale(sources) == []


def test_every_picture_in_the_readme_is_an_accepted_one() -> None:
    shown = re.findall(r"!\[[^\]]*\]\((snapshots/[^)]*)\)", README.read_text())
    assert [path for path in shown if not (README.parent / path).exists()] == []


def test_a_picture_without_a_test_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapshots.FOLDER", tmp_path)
    for name in ("kept", "gone"):
        path = tmp_path / "test_it" / f"{name}-80x24.svg"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert stale({"test_it": 'await snapshot(pilot, "kept")'}) == [
        "test_it/gone-80x24.svg"
    ]

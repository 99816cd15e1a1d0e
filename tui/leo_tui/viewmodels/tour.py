"""The tour: what one can do here, a page at a time, with the keys as they are set."""

from typing import NamedTuple

from leo_tui.keys.key_names import shown
from leo_tui.keys.keymap import Keymap
from leo_tui.text.width import pad
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line

_KEYS_WIDTH = 14


class Page(NamedTuple):
    """One page; `rows` are ids of actions with what they are good for."""

    title: str
    text: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], str], ...]


_PAGES = (
    Page(
        "What you see",
        (
            "The DAG files of this folder, their runs, the tasks of a run, its output.",
            "A file that you save shows up by itself.",
            "Runs go on when this screen is closed or crashes; it finds them again.",
        ),
        (
            (
                ("focus.files", "focus.runs", "focus.tasks", "focus.output"),
                "files, runs, tasks, output",
            ),
            (("focus.next",), "the next panel"),
        ),
    ),
    Page(
        "Moving",
        ("Opening goes in, going back comes out. The mouse works too.",),
        (
            (("nav.down", "nav.up"), "down and up"),
            (("nav.top", "nav.bottom"), "beginning and end"),
            (("nav.right", "nav.left"), "unfold and fold a group"),
            (("open",), "open what is under the cursor"),
            (("back",), "clear search, marks, filter, zoom; go back"),
            (("zoom",), "one panel on the whole screen"),
            (("tab.next",), "Details, Timeline, Meters, Problems"),
        ),
    ),
    Page(
        "Running",
        ("What destroys something asks first; no is always the safe answer.",),
        (
            (("run.start",), "start the file under the cursor"),
            (("run.start_with",), "with parameters, some tasks only, slots"),
            (("run.pause",), "pause: what runs may end, nothing new starts"),
            (("task.stop", "run.stop"), "stop a task; stop the run"),
            (("mark",), "mark several tasks: keys then mean all of them"),
        ),
    ),
    Page(
        "When something fails",
        ("Only what has not succeeded runs again, and you see the plan before.",),
        (
            (("fail.first",), "to the first failure, and the error in its output"),
            (("fail.next", "fail.previous"), "the next and the previous one"),
            (("task.retry",), "run it again"),
            (("task.retry_downstream",), "and everything that needs it"),
            (("file.edit",), "edit the file at this task"),
            (("run.continue",), "continue a run from what is missing"),
            (("goto.upstream",), "to the task that this one waits for"),
        ),
    ),
    Page(
        "Output",
        ("Scrolling up stops following, so that what you read stays where it is.",),
        (
            (("nav.bottom",), "to the end, and follow"),
            (("search", "search.next", "search.previous"), "find, next, previous"),
            (("filter",), "keep only the lines that match"),
            (("out.wrap", "out.times"), "wrap lines; times"),
            (("out.older", "out.newer"), "earlier and later attempts"),
            (("out.copy", "out.pager", "out.save"), "copy, open in a pager, save"),
        ),
    ),
    Page(
        "Looking back",
        ("An ended run opens in the same panels as one that is under way.",),
        (
            (("replay.back", "replay.forward"), "go through its time"),
            (("compare",), "what differs from the last good run, or two marked"),
            (("search",), "filter runs and tasks"),
        ),
    ),
    Page(
        "Everything else",
        ("There is nothing to learn by heart.",),
        (
            (("help",), "the keys of this panel; enter does one"),
            (("palette",), "all commands, and every task by its name"),
            (("app.quit",), "quit; asks when runs are active"),
        ),
    ),
)


def tour_pages(keymap: Keymap) -> list[tuple[str, list[Line]]]:
    """Return the pages: a title and the lines below it."""
    return [(page.title, _lines(page, keymap)) for page in _PAGES]


def _lines(page: Page, keymap: Keymap) -> list[Line]:
    texts = [part for text in page.text for part in (line(text), line(""))]
    rows = [
        line(Span(pad(_keys(ids, keymap), _KEYS_WIDTH), Style.ACCENT), title)
        for ids, title in page.rows
    ]
    return [*texts, *rows]


def _keys(ids: tuple[str, ...], keymap: Keymap) -> str:
    """Return the first key of each action; one without a key has none to show."""
    return " ".join(
        shown(keymap.keys_of(name)[0]) for name in ids if keymap.keys_of(name)
    )

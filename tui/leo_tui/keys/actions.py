"""Every action of the screen: what it is called, where it works, which keys reach it.

Keys, key bar, palette, help and the documentation are made from this table alone. A key
is written as the character it types (`r`, `R`, `!`) or as a name (`enter`, `ctrl+d`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Place(StrEnum):
    """A part of the screen that can have the focus."""

    FILES = "files"
    RUNS = "runs"
    TASKS = "tasks"
    OUTPUT = "output"
    DETAILS = "details"
    TIMELINE = "timeline"
    METERS = "meters"
    PROBLEMS = "problems"
    COMPARE = "compare"


EVERYWHERE = frozenset(Place)
LISTS = frozenset({Place.FILES, Place.RUNS, Place.TASKS, Place.COMPARE})
RUN_PLACES = EVERYWHERE - {Place.FILES, Place.PROBLEMS, Place.COMPARE}


class Action(NamedTuple):
    """Something a person can have done."""

    id: str
    keys: tuple[str, ...]
    title: str
    """For lists: `Retry the task and all downstream`."""
    label: str = ""
    """For the key bar: `retry`."""
    places: frozenset[Place] = EVERYWHERE


_OUTPUT = frozenset({Place.OUTPUT})
_TIMELINE = frozenset({Place.TIMELINE})
_COMPARE = frozenset({Place.COMPARE})
_FILES = frozenset({Place.FILES})
_TASKS = RUN_PLACES | {Place.COMPARE}

ACTIONS: tuple[Action, ...] = (
    Action("nav.down", ("j", "down"), "Move down"),
    Action("nav.up", ("k", "up"), "Move up"),
    Action("nav.left", ("h", "left"), "Fold, or pan left"),
    Action("nav.right", ("l", "right"), "Unfold, or pan right"),
    Action("nav.top", ("g", "home"), "Go to the beginning"),
    Action("nav.bottom", ("G", "end"), "Go to the end; follow the output", "follow"),
    Action("nav.half_down", ("ctrl+d",), "Half a page down"),
    Action("nav.half_up", ("ctrl+u",), "Half a page up"),
    Action("nav.page_down", ("pagedown",), "A page down"),
    Action("nav.page_up", ("pageup",), "A page up"),
    Action("focus.files", ("1",), "Go to the files"),
    Action("focus.runs", ("2",), "Go to the runs"),
    Action("focus.tasks", ("3",), "Go to the tasks"),
    Action("focus.output", ("4",), "Go to the output"),
    Action("focus.next", ("tab",), "Next panel"),
    Action("focus.previous", ("shift+tab",), "Previous panel"),
    Action("tab.next", ("]",), "Next tab on the right"),
    Action("tab.previous", ("[",), "Previous tab on the right"),
    Action("open", ("enter",), "Open, or answer a task that waits for you", "open"),
    Action("back", ("escape",), "Clear search, marks, filter, zoom; go back", "back"),
    Action("zoom", ("z",), "Zoom this panel", "zoom"),
    Action("sidebar", ("b",), "Show or hide the left column"),
    Action("run.start", ("s",), "Start this file", "start"),
    Action("run.start_with", ("S",), "Start with options: parameters, tasks, dry run"),
    Action("task.retry", ("r",), "Retry these tasks", "retry", _TASKS),
    Action(
        "task.retry_downstream",
        ("R",),
        "Retry these tasks and everything downstream",
        "+downstream",
        _TASKS,
    ),
    Action("run.continue", ("c",), "Continue the run from what is missing", "continue"),
    Action("task.stop", ("x",), "Stop these tasks", "stop", _TASKS),
    Action("run.stop", ("X",), "Stop the run", "", RUN_PLACES),
    Action("run.pause", ("p",), "Pause or unpause the run", "", RUN_PLACES),
    Action("fail.first", ("!",), "Go to the first failure of the run", "first fail"),
    Action("fail.next", ("f",), "Next failure, or error line", "next fail"),
    Action("fail.previous", ("F",), "Previous failure, or error line"),
    Action("search", ("/",), "Find", "find"),
    Action("search.next", ("n",), "Next hit", "match"),
    Action("search.previous", ("N",), "Previous hit"),
    Action("filter", ("&",), "Keep only the lines that match", "filter", RUN_PLACES),
    Action("mark", ("space",), "Mark this row", "mark", LISTS),
    Action("mark.range", ("v",), "Mark from the last mark to here", "", LISTS),
    Action("mark.all", ("*",), "Mark everything shown", "", LISTS),
    Action("file.edit", ("e",), "Edit the file at this task", "edit"),
    Action("rescan", ("ctrl+r",), "Read the folder again", "rescan"),
    Action(
        "run.apply", ("a",), "Apply the edited file to this run", "", _TASKS - _OUTPUT
    ),
    Action(
        "compare", ("=",), "Compare with the last good run, or two marked", "compare"
    ),
    Action("goto.upstream", ("u",), "Go to the task this one waits for", "", _TASKS),
    Action("undo", ("U",), "Undo the last action, where it can be"),
    Action("out.wrap", ("w",), "Wrap long lines, or not", "wrap", _OUTPUT),
    Action("out.times", ("t",), "Times: off, clock, relative, delta", "times", _OUTPUT),
    Action("out.merge", ("a",), "Output of all tasks together", "merge", _OUTPUT),
    Action("out.older", ("<",), "Earlier attempt", "attempt", _OUTPUT),
    Action("out.newer", (">",), "Later attempt", "", _OUTPUT),
    Action("out.copy", ("y",), "Copy the line or the selection", "copy", _OUTPUT),
    Action("out.copy_all", ("Y",), "Copy the whole output", "", _OUTPUT),
    Action("out.pager", ("o",), "Open the output in $PAGER", "pager", _OUTPUT),
    Action("out.save", ("O",), "Save the output to a file", "save", _OUTPUT),
    Action("tl.zoom_in", ("+",), "Zoom in on time", "zoom in", _TIMELINE),
    Action("tl.zoom_out", ("-",), "Zoom out", "out", _TIMELINE),
    Action("tl.fit", ("0",), "Show the whole run", "fit", _TIMELINE),
    Action("tl.critical", ("C",), "Show the critical path", "critical", _TIMELINE),
    Action("tl.all", ("A",), "All tasks, or only started ones", "all", _TIMELINE),
    Action("cmp.all", ("A",), "All tasks, or only differences", "all", _COMPARE),
    Action("cmp.sort_next", (">",), "Sort by the next column", "sort", _COMPARE),
    Action("cmp.sort_previous", ("<",), "Sort by the previous column", "", _COMPARE),
    Action("cmp.copy", ("y",), "Copy as text", "copy", _COMPARE),
    Action("cmp.save", ("O",), "Save as text", "save", _COMPARE),
    Action("replay.back", (",",), "Step back in time", "", RUN_PLACES),
    Action("replay.forward", (".",), "Step forward in time", "", RUN_PLACES),
    Action("replay.back_far", ("{",), "Leap back in time", "", RUN_PLACES),
    Action("replay.forward_far", ("}",), "Leap forward in time", "", RUN_PLACES),
    Action("file.new", ("+",), "Write a sample DAG and open it", "new", _FILES),
    Action("folder.open", ("o",), "Open another folder", "", _FILES),
    Action("file.definition", (), "Show the file's definition"),
    Action("file.validate", (), "Check the file again, and show its problems"),
    Action("file.graph", (), "Show the graph as text"),
    Action("run.retry_failed", (), "Retry every failed task of the run"),
    Action("run.retry_failed_downstream", (), "Retry what failed, and all downstream"),
    Action("run.again", (), "Run again with the same parameters"),
    Action("run.copy_command", (), "Copy the command that continues this run"),
    Action("run.copy_start", (), "Copy the command that starts such a run again"),
    Action("run.export", (), "Export the run: its rows and its logs"),
    Action("run.delete", (), "Delete the run, its rows and its logs"),
    Action("runs.delete_old", (), "Delete old runs of all files, but the newest"),
    Action("runs.only_failed", (), "Show only failed runs"),
    Action("runs.only_running", (), "Show only runs under way"),
    Action("task.run_only", (), "Run only these tasks, as a run of their own"),
    Action("task.mark_ok", (), "Mark these tasks as ok, and run what they held back"),
    Action("task.mark_skipped", (), "Mark these tasks as skipped"),
    Action("task.copy_log_path", (), "Copy the path of the task's log"),
    Action("task.copy_command", (), "Copy the task's command"),
    Action("task.environment", (), "Show the task's environment"),
    Action("tasks.sort_definition", (), "Sort tasks as they are defined"),
    Action("tasks.sort_start", (), "Sort tasks by start"),
    Action("tasks.sort_duration", (), "Sort tasks by duration"),
    Action("tasks.sort_state", (), "Sort tasks by state"),
    Action("tasks.only_failed", (), "Show only failed tasks"),
    Action("tasks.only_running", (), "Show only running tasks"),
    Action("tasks.fold_all", (), "Fold all groups"),
    Action("tasks.unfold_all", (), "Unfold all groups"),
    Action("tab.output", (), "Show the output"),
    Action("tab.details", (), "Show the details"),
    Action("tab.timeline", (), "Show the timeline"),
    Action("tab.meters", (), "Show the meters"),
    Action("tab.problems", (), "Show the problems of the file"),
    Action("theme.dark", (), "Theme: dark"),
    Action("theme.light", (), "Theme: light"),
    Action("theme.ansi", (), "Theme: the terminal's 16 colours"),
    Action("theme.glyphs", (), "Signs: Unicode or ASCII"),
    Action("app.settings", (), "Edit the settings"),
    Action("app.state_file", (), "Show the file with what the screen remembers"),
    Action("app.engine_log", (), "Show the engine's log"),
    Action("app.fps", (), "Frames a second: set the most"),
    Action("app.performance", (), "Performance of the screen: show or hide"),
    Action("app.keys", (), "Edit the keys, in the settings"),
    Action("app.tour", (), "Show the tour"),
    Action("app.about", (), "About leo-tui"),
    Action("palette", (":", "ctrl+p"), "Commands", "cmd"),
    Action("help", ("?",), "Keys of this panel", "help"),
    Action("app.quit", ("q", "ctrl+q"), "Quit", "quit"),
    Action("app.copy_or_hint", ("ctrl+c",), "Copy the selection, or say how to quit"),
    Action("app.suspend", ("ctrl+z",), "Suspend leo-tui to the shell"),
    Action("app.redraw", ("ctrl+l",), "Draw the screen again"),
)

_RUN_BAR = (
    *("run.start", "task.retry", "task.retry_downstream", "run.continue"),
    *("task.stop", "fail.first", "fail.next", "search", "zoom", "palette", "help"),
)
_RUNS_BAR_REST = tuple(name for name in _RUN_BAR[1:] if name != "run.continue")
_OUTPUT_BAR = (
    *("search.next", "fail.next", "search", "nav.bottom", "out.wrap", "out.times"),
    *("out.older", "out.merge", "filter", "out.copy", "out.pager", "out.save"),
    *("zoom", "back", "help"),
)
_FILES_BAR = (
    *("run.start", "file.edit", "file.new", "open", "search", "compare", "palette"),
    *("help", "app.quit"),
)
_TIMELINE_BAR = (
    *("open", "tl.zoom_in", "tl.zoom_out", "tl.fit", "tl.critical", "tl.all"),
    *("fail.first", "zoom", "back", "help"),
)

KEY_BAR: Mapping[Place, tuple[str, ...]] = {
    Place.FILES: _FILES_BAR,
    Place.RUNS: ("run.start", "run.continue", "compare", "mark", *_RUNS_BAR_REST),
    Place.TASKS: _RUN_BAR,
    Place.OUTPUT: _OUTPUT_BAR,
    Place.DETAILS: _RUN_BAR,
    Place.TIMELINE: _TIMELINE_BAR,
    Place.METERS: _RUN_BAR,
    Place.PROBLEMS: ("file.edit", "rescan", "run.start", "zoom", "palette", "help"),
    Place.COMPARE: (),
}
"""What the key bar shows in each place, the most wanted first."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

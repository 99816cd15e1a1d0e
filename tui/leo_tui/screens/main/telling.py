"""Writes the bars, the titles and the tabs that are words: four times a second."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from leo_engine.errors import Problem
from leo_engine.ports import HostSample, ResourceSample
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.keys.actions import BY_ID, KEY_BAR, Place
from leo_tui.keys.key_names import shown
from leo_tui.keys.keymap import Keymap
from leo_tui.screens.main.bridge import Bridge
from leo_tui.screens.main.layout import TABS
from leo_tui.screens.main.notices import Notices
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cut
from leo_tui.theme import Style
from leo_tui.units import counted, grouped, time_of_day
from leo_tui.viewmodels.panels.bars import (
    Heading,
    KeyHint,
    Standing,
    header,
    key_at,
    key_bar,
    status,
)
from leo_tui.viewmodels.panels.details import task_page
from leo_tui.viewmodels.panels.meter_lines import meters_page
from leo_tui.viewmodels.panels.meters import Meters
from leo_tui.viewmodels.panels.page import Page
from leo_tui.viewmodels.panels.problems import (
    LastGood,
    Trouble,
    problems_page,
    summary,
)
from leo_tui.viewmodels.panels.run_details import group_page, run_page
from leo_tui.viewmodels.panels.samples import WorkSample
from leo_tui.viewmodels.spans import Line, Span, line, text_of
from leo_tui.viewmodels.tasks.run_model import FAILURES, RunModel
from leo_tui.viewmodels.tasks.task_groups import TaskGroup
from leo_tui.viewmodels.tasks.task_state import TaskState
from leo_tui.viewmodels.tasks.why import standing, why_lines
from leo_tui.viewmodels.wrapping import wrapped_lines
from leo_tui.widgets.line_bar import LineBar
from leo_tui.widgets.too_small import TooSmall

_SETTLED = (
    TaskState.OK,
    TaskState.FAILED,
    TaskState.TIMED_OUT,
    TaskState.SKIPPED,
    TaskState.STOPPED,
)
_SILENT_MS = 4_000
_LONG_SILENT_MS = 10_000
_MOST_TROUBLES = 100
_MOST_OF_QUERY = 40
_REVISION_CELLS = 6


class Telling:
    """What the screen says in words."""

    def __init__(
        self, bridge: Bridge, keymap: Keymap, why_not: Callable[[str], str]
    ) -> None:
        self._bridge = bridge
        self._scene = bridge.scene
        self._layout = bridge.layout
        self._panels = bridge.panels
        self._why_not = why_not
        self._keymap = keymap
        self._hints: Sequence[KeyHint] = ()
        self._fps = 0
        self._next_eta_ms = 0
        self._ends_ms: int | None = None
        self._samples = 0
        self._detailed: object = None
        """What the details were of, the last time."""
        self._metered = (-1, "", 0)
        self._troubles: list[Trouble] = []
        self.meters = Meters()
        self.notices = Notices(bridge)

    def tell(self, now_ms: int, fps: int) -> None:
        """Write everything that may have changed."""
        self.tell_above(now_ms)
        self.tell_below(now_ms, fps)

    def tell_above(self, now_ms: int) -> None:
        """Write everything but the bars at the foot.

        While all is quiet, those come with the frame after: whatever lies between two
        lines that change in one frame is drawn with them, here the whole screen.
        """
        width = self._bridge.screen.size.width
        clock = time_of_day(now_ms) if self._bridge.preferences.clock else ""
        at_ms = self._scene.at_ms(now_ms)
        self._bar("header", header(self._heading(width), at_ms, width, clock))
        self._layout.title(self._list_counts())
        self._tell_subtitles()
        self.tell_task(now_ms)

    def tell_below(self, now_ms: int, fps: int) -> None:
        """Write the bars at the foot."""
        self._fps = fps
        width = self._bridge.screen.size.width
        self._bar("status", status(self._message(now_ms), self._standing(), width))
        meters = self.meters.status_line(width, eta_ms=self._eta_ms(now_ms))
        found = self._search_line()
        self._bridge.screen.set_class(bool(found), "searching")
        self._bar("meters-bar", found or meters)
        self.tell_keys()
        self._bridge.screen.query_one(TooSmall).show(self._summary())

    def tell_keys(self) -> None:
        """Write what the keys do where the focus is."""
        self._hints = self._key_hints()
        self._bar("keys", key_bar(self._hints, self._bridge.screen.size.width))

    def _bar(self, name: str, text: Line) -> None:
        self._bridge.screen.query_one(f"#{name}", LineBar).show(text)

    def _heading(self, width: int) -> Heading:
        scene, layout = self._scene, self._layout
        model = scene.shown
        folder = self._bridge.folder_text
        if model is None or scene.run is None:
            return Heading(folder, files=self._files_text())
        trail = [task for _, task in scene.trail]
        number = self._panels.tasks.cursor_task()
        if layout.zoomed in TABS and number is not None:
            trail.append(model.name(number))
        moment = () if scene.replay is None else scene.replay.bar(width // 3)
        return Heading(
            folder, run=model.run, counts=model.counts(), trail=trail, moment=moment
        )

    def _files_text(self) -> str:
        folder = self._scene.folder
        if folder is None:
            return "reading …"
        broken = sum(bool(file.problems) for file in folder.files)
        active = sum(
            run.status not in RUN_TERMINAL for run in self._scene.latest.values()
        )
        parts = [counted(len(folder.files), "file")]
        parts += [f"{broken} broken"] if broken else []
        parts += [f"{active} running"] if active else []
        return "  ".join(parts)

    def _search_line(self) -> Line:
        """Return what is searched for in the output shown, and how far that is."""
        output = self._panels.output
        found = output.search_status()
        if not found or self._layout.tab is not Place.OUTPUT or output.window is None:
            return ()
        query = output.window.state.query
        text = "" if query is None else cut(sanitize(query.text), _MOST_OF_QUERY)
        return line(Span(" / ", Style.ACCENT), Span(text, Style.BOLD), "   ", *found)

    def _message(self, now_ms: int) -> Line:
        """Return what there is to say; below a zoomed output, how it is shown."""
        output = self._panels.output
        shown_as = output.status() if output.is_zoomed else ()
        return self.notices.message(now_ms) or shown_as

    def _standing(self) -> Standing:
        marked = (self._panels.tasks.marked_keys, self._panels.runs.marked_keys)
        silent_ms = self._bridge.feed.engine_silent_ms
        engine = "engine ok"
        if silent_ms > _SILENT_MS:
            engine = f"engine not answering {silent_ms // 1_000} s"
            if silent_ms > _LONG_SILENT_MS:
                engine += " · : engine log"
        return Standing(
            filter_text=self._panels.tasks.filter_text,
            marks=max(map(len, marked)),
            engine=engine,
            fps=self._fps,
        )

    def _eta_ms(self, now_ms: int) -> int | None:
        """Return how long the run still takes; worked out anew every now and then."""
        timeline = self._panels.timeline.timeline
        if timeline is None or self._scene.run is None or timeline.is_over:
            return None
        if now_ms >= self._next_eta_ms:
            # Proportional to the tasks, as is the work.
            self._next_eta_ms = now_ms + 1_000 + len(timeline.rows())
            remaining = timeline.outlook(now_ms).remaining
            left_ms = None if remaining is None else remaining.expected_ms
            self._ends_ms = None if left_ms is None else now_ms + left_ms
        return None if self._ends_ms is None else max(0, self._ends_ms - now_ms)

    def _key_hints(self) -> Sequence[KeyHint]:
        wanted = [BY_ID[action_id] for action_id in KEY_BAR[self._layout.place]]
        return [
            KeyHint(
                shown(keys[0]), action.label, action.id, not self._why_not(action.id)
            )
            for action in wanted
            if (keys := self._keymap.keys_of(action.id))
        ]

    def action_at(self, column: int) -> str:
        """Return the action whose key stands in a column of the key bar."""
        return key_at(self._hints, column)

    def _summary(self) -> Line:
        """Return how the run stands, for a screen with no room for more."""
        model = self._scene.model
        if model is None or self._scene.run is None:
            return line(self._files_text())
        failed = sum(model.counts()[state] for state in FAILURES)
        return line(
            f"{sanitize(model.run.dag)} #{model.run.run_key}  ",
            Span(f"{failed} failed", Style.BAD if failed else Style.DIM),
        )

    def _list_counts(self) -> Mapping[Place, str]:
        scene = self._scene
        files = 0 if scene.folder is None else len(scene.folder.files)
        total = 0 if scene.shown is None else len(scene.shown.ids)
        dag = sanitize(scene.dag_name)
        return {
            Place.FILES: f"{files}",
            Place.RUNS: f"of {dag}" if dag else "",
            Place.TASKS: grouped(total),
        }

    def _tell_subtitles(self) -> None:
        layout, panels = self._layout, self._panels
        layout.subtitle(Place.TASKS, panels.tasks.footer())
        layout.subtitle(Place.OUTPUT, self._tab_footer())
        layout.subtitle(Place.RUNS, panels.runs.footer())
        layout.subtitle(Place.FILES, panels.files.footer())

    def _tab_footer(self) -> str:
        match self._layout.tab:
            case Place.OUTPUT:
                return text_of(self._panels.output.footer())
            case Place.TIMELINE:
                return self._panels.timeline.subtitle()
            case Place.PROBLEMS:
                return summary(self._problems(), self._troubles)
            case _:
                return ""

    def tell_task(self, now_ms: int) -> None:
        """Write what is to be said of the task under the cursor."""
        now_ms = self._scene.at_ms(now_ms)
        model, number = self._scene.shown, self._panels.tasks.cursor_task()
        lines: Sequence[Line] = ()
        if model is not None and number is not None and model.run.run_id:
            lines = why_lines(model, number, now_ms) or standing(model, number, now_ms)
        self._panels.why.show(lambda width: Page(wrapped_lines(lines, width)))
        match self._layout.tab:
            case Place.DETAILS if model is not None:
                self._tell_details(model, number, now_ms)
            case Place.METERS:
                self._tell_meters()
            case Place.PROBLEMS:
                self.tell_problems()

    def _tell_details(self, model: RunModel, number: int | None, now_ms: int) -> None:
        tasks = self._panels.tasks
        group = (
            None if tasks.task_tree is None else tasks.task_tree.group_at(tasks.cursor)
        )
        shown: object = tasks.row_key(tasks.cursor) if tasks.cursor >= 0 else None
        is_other, self._detailed = shown != self._detailed, shown
        if group is not None:
            page = partial(_group_details, model, group, now_ms)
        else:
            page = partial(_details, model, number, now_ms)
        self._panels.details.show(page, from_top=is_other)

    def _tell_meters(self) -> None:
        """Draw the meters once for each sample: a second is their grain."""
        shown = (self._samples, self._scene.run_id, self._scene.at_ms(0))
        if shown != self._metered:
            self._metered = shown
            model = self._scene.shown
            self._panels.meters.show(lambda w: meters_page(self.meters, model, w))

    def tell_problems(self) -> None:
        """Write what is wrong with the chosen file, and with the folder."""
        scene = self._scene
        file, problems = scene.file, self._problems()
        good = None
        if file is not None and file.problems and file.last_good is not None:
            active = [r.run_key for r in scene.runs if r.status not in RUN_TERMINAL]
            good = LastGood(
                file.last_good.version.dag_hash[:_REVISION_CELLS],
                0,
                [f"#{number}" for number in active],
            )
        trouble = list(self._troubles)
        self._panels.problems.show(
            lambda w: problems_page(problems, width=w, last_good=good, trouble=trouble)
        )

    def _problems(self) -> Sequence[Problem]:
        scene = self._scene
        of_file = () if scene.file is None else scene.file.problems
        of_folder = () if scene.folder is None else scene.folder.problems
        return [*of_file, *of_folder]

    def note_trouble(self, text: str, now_ms: int) -> None:
        """Keep what went wrong for the Problems tab, and say it."""
        del self._troubles[: -_MOST_TROUBLES + 1]
        self._troubles.append(Trouble(now_ms, sanitize(text)))
        self._bridge.say(text, Style.BAD)

    def take_sample(
        self,
        now_ms: int,
        host: HostSample,
        tasks: Mapping[int, ResourceSample],
        log_bytes: int,
    ) -> None:
        """Take what the machine and the tasks use now."""
        model = self._scene.model
        self._samples += 1
        self.meters.take_host(now_ms, host)
        self.meters.take_tasks(now_ms, tasks)
        counts = {} if model is None else model.counts()
        self.meters.take_work(
            WorkSample(
                at_ms=now_ms,
                slots_taken=0 if model is None else model.slots_taken,
                slots=self._bridge.feed.settings.slots,
                log_bytes=log_bytes,
                settled_count=sum(counts.get(state, 0) for state in _SETTLED),
            )
        )
        self._panels.timeline.take_cpu(self.meters.history.samples())


def _details(model: RunModel, number: int | None, now_ms: int, width: int) -> Page:
    if number is None:
        return run_page(model, width=width, now_ms=now_ms)
    return task_page(model, number, width=width, now_ms=now_ms)


def _group_details(model: RunModel, group: TaskGroup, now_ms: int, width: int) -> Page:
    return group_page(model, group.name, group.members, width=width, now_ms=now_ms)

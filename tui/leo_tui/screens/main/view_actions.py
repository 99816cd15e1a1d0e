"""What the keys do to the view: move, fold, mark, search, zoom, go to failures."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from textual.widget import Widget

from leo_tui.keys.actions import Place
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.layout import TABS
from leo_tui.screens.main.undoing import ListPanel, look_at
from leo_tui.viewmodels.tasks.run_model import FAILURES

_MOVES = {
    "nav.down": "cursor_down",
    "nav.up": "cursor_up",
    "nav.top": "cursor_top",
    "nav.bottom": "cursor_bottom",
    "nav.half_down": "cursor_half_down",
    "nav.half_up": "cursor_half_up",
    "nav.page_down": "cursor_page_down",
    "nav.page_up": "cursor_page_up",
    "nav.left": "go_left",
    "nav.right": "go_right",
    "mark": "mark_toggle",
    "mark.range": "mark_range",
    "mark.all": "mark_all",
}
"""{action: the method that every panel has for it, or lacks}."""


_MARKS = frozenset({"mark_toggle", "mark_range", "mark_all"})
_INSTEAD = {"go_left": ("fold", "pan_left"), "go_right": ("unfold", "pan_right")}
"""What panels call it that can do only one of the two."""


class ViewActions:
    """Actions that change nothing but what is seen."""

    def __init__(
        self, bridge: Bridge, show_error: Callable[[], Awaitable[None]]
    ) -> None:
        """`show_error` shows where the output of the task under the cursor failed."""
        self._bridge = bridge
        self._layout = bridge.layout
        self._panels = bridge.panels
        self._show_error = show_error

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        layout = self._layout
        moves = {
            action: Doing(self._mover(method)) for action, method in _MOVES.items()
        }
        focus = {
            f"focus.{place}": Doing(self._focuser(place))
            for place in (Place.FILES, Place.RUNS, Place.TASKS)
        }
        tabs = {f"tab.{tab}": Doing(partial(layout.show_tab, tab)) for tab in TABS}
        return {
            **moves,
            **focus,
            **tabs,
            "focus.output": Doing(lambda: layout.focus(Place.OUTPUT)),
            "focus.next": Doing(lambda: layout.focus_next(1)),
            "focus.previous": Doing(lambda: layout.focus_next(-1)),
            "tab.next": Doing(lambda: layout.next_tab(1)),
            "tab.previous": Doing(lambda: layout.next_tab(-1)),
            "zoom": Doing(layout.toggle_zoom),
            "sidebar": Doing(layout.toggle_sidebar),
            "fail.first": Doing(self._first_failure, self._why_no_failure),
            "fail.next": Doing(lambda: self._failure(forward=True)),
            "fail.previous": Doing(lambda: self._failure(forward=False)),
            "goto.upstream": Doing(self._upstream),
            "tl.zoom_in": Doing(self._panels.timeline.zoom_in),
            "tl.zoom_out": Doing(self._panels.timeline.zoom_out),
            "tl.fit": Doing(self._panels.timeline.fit),
            "tl.critical": Doing(self._panels.timeline.toggle_critical),
            "tl.all": Doing(self._panels.timeline.toggle_all),
            "undo": Doing(self._undo, self._why_no_undo),
            "app.redraw": Doing(self._redraw),
        }

    @property
    def panel(self) -> Widget:
        """The widget that has the focus."""
        return self._bridge.screen.query_one(f"#{self._layout.place}")

    def _mover(self, method: str) -> Callable[[], None]:
        def move() -> None:
            panel = self.panel
            for name in (method, *_INSTEAD.get(method, ())):
                found = getattr(panel, name, None)
                if found is None:
                    continue
                if isinstance(panel, ListPanel) and method in _MARKS:
                    found = self._bridge.undoing.keeping(panel, found)
                found()
                return

        return move

    def _focuser(self, place: Place) -> Callable[[], None]:
        return lambda: self._layout.focus(place)

    def _why_no_failure(self) -> str:
        model = self._bridge.scene.shown
        counts = {} if model is None else model.counts()
        has_failed = any(counts.get(state, 0) for state in FAILURES)
        return "" if has_failed else "nothing has failed"

    async def _first_failure(self) -> None:
        if self._panels.tasks.first_failure():
            self._layout.focus(Place.TASKS)
            self._layout.show_tab(Place.OUTPUT)
            await self._show_error()

    def _failure(self, *, forward: bool) -> None:
        if self._layout.place in TABS:
            output = self._panels.output
            (output.error_next if forward else output.error_previous)()
        else:
            self._panels.tasks.next_failure(forward=forward)

    def _upstream(self) -> None:
        if not self._panels.tasks.go_to_cause():
            self._bridge.say("it waits for no task")

    def _why_no_undo(self) -> str:
        return self._bridge.scene.why_no_undo()

    def _undo(self) -> None:
        undo = self._bridge.scene.undos.pop()
        self._bridge.say(f"undone: {undo.title}")
        undo.back()

    def _clear_list(self, panel: ListPanel) -> bool:
        """Take away marks, else the filter; False when there is neither."""
        before = look_at(panel)
        if panel.marked_keys:
            panel.clear_marks()
        elif not panel.clear_filter():
            return False
        self._bridge.undoing.note(panel, before)
        return True

    def _redraw(self) -> None:
        self._bridge.screen.refresh(repaint=True, layout=True)

    def clear(self) -> bool:
        """Take back what the escape key takes back first; False when there is nothing.

        Search, then marks, then filter, then zoom.
        """
        panel, layout = self.panel, self._layout
        if layout.tab is Place.OUTPUT and self._panels.output.clear_search():
            return True
        if isinstance(panel, ListPanel) and self._clear_list(panel):
            return True
        if layout.zoomed is not None:
            layout.toggle_zoom()
            return True
        return False

"""Where the panels are: focus, tabs, zoom, the narrow screen's two panels."""

from collections.abc import Mapping, Sequence

from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from leo_tui.keys.actions import Place
from leo_tui.viewmodels.panels.bars import WIDE_CELLS
from leo_tui.widgets.output_pane import OutputPane

TABS = (Place.OUTPUT, Place.DETAILS, Place.TIMELINE, Place.METERS, Place.PROBLEMS)
LISTS = (Place.FILES, Place.RUNS, Place.TASKS)
_DIGITS = {Place.FILES: "1", Place.RUNS: "2", Place.TASKS: "3", Place.OUTPUT: "4"}
_WITHOUT_WHY = ("narrow", "short", "zoomed")
"""The classes with which the style sheet hides that box."""
_NARROW_TABS_FROM = 50
"""Cells from which all tabs fit into a panel's border."""


class Layout:
    """Arranges the panels of one screen by the classes of its style sheet."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._list = Place.FILES
        """The list last used: on a narrow screen, the one that is shown."""
        self._tab = Place.OUTPUT
        self._titles: dict[str, str] = {}
        self.zoomed: Place | None = None

    @property
    def place(self) -> Place:
        """The panel that has the focus, else the one that had it last."""
        focused = self._screen.focused
        while focused is not None and focused.id not in _PLACES:
            parent = focused.parent
            focused = parent if isinstance(parent, Widget) else None
        if focused is None:
            return self._list
        return Place(str(focused.id))

    @property
    def tab(self) -> Place:
        """What the right side shows."""
        return self._tab

    @property
    def is_narrow(self) -> bool:
        """Whether there is room for one list only."""
        return self._screen.size.width < WIDE_CELLS

    @property
    def has_why(self) -> bool:
        """Whether there is room for the box that says why."""
        return not any(map(self._screen.has_class, _WITHOUT_WHY))

    def focus(self, place: Place) -> None:
        """Show a panel if it is not, and give it the focus."""
        if place in TABS:
            self._show_tab(place)
        else:
            self._list = place
        if self.zoomed is not None and self.zoomed is not place:
            self.zoomed = place
        if place in {Place.FILES, Place.RUNS}:
            self._screen.remove_class("no-sidebar")
        self.arrange()
        self._give_focus(self._screen.query_one(f"#{place}"))

    def _give_focus(self, panel: Widget) -> None:
        """Have the focus move before the next key is looked at, if it can."""
        self._screen.set_focus(panel)
        if self._screen.focused is not panel:
            # The style sheet is yet to show it.
            panel.focus()

    def focus_next(self, by: int) -> None:
        """Go to the next panel, or back."""
        order: Sequence[Place] = (*LISTS, self._tab)
        now = self.place if self.place in order else self._tab
        self.focus(order[(order.index(now) + by) % len(order)])

    def next_tab(self, by: int) -> None:
        """Show the next tab on the right; it has the focus if the last one had."""
        had_focus = self.place in TABS
        tab = TABS[(TABS.index(self._tab) + by) % len(TABS)]
        if had_focus:
            self.focus(tab)
        else:
            self._show_tab(tab)
            self.arrange()

    def show_tab(self, place: Place) -> None:
        """Show a tab without giving it the focus."""
        if self.place in TABS:
            self.focus(place)
        else:
            self._show_tab(place)
            self.arrange()

    def _show_tab(self, place: Place) -> None:
        self._tab = place
        self._screen.query_one("#switcher", ContentSwitcher).current = str(place)

    def toggle_zoom(self) -> None:
        """Give the focused panel the whole screen, or give it back."""
        self.zoomed = None if self.zoomed else self.place
        self.arrange()

    def toggle_sidebar(self) -> None:
        """Show or hide files and runs."""
        self._screen.toggle_class("no-sidebar")
        if self._screen.has_class("no-sidebar") and self.place in LISTS[:2]:
            self.focus(Place.TASKS)

    def arrange(self) -> None:
        """Set the classes that the style sheet arranges the panels by."""
        screen = self._screen
        screen.set_class(self.is_narrow, "narrow")
        for place in LISTS:
            screen.set_class(self._list is place, f"list-{place}")
        zoomed = self.zoomed
        for part in (*LISTS, "tabs"):
            is_zoomed = zoomed == part or (part == "tabs" and zoomed in TABS)
            screen.set_class(is_zoomed, f"zoom-{part}")
        screen.set_class(zoomed is not None, "zoomed")
        self._screen.query_one(OutputPane).is_zoomed = zoomed is Place.OUTPUT

    def title(self, counts: Mapping[Place, str]) -> None:
        """Write the titles; `counts` is {list: what stands after its name}."""
        for place in LISTS:
            name = f"{_DIGITS[place]} {str(place).capitalize()}"
            text = self._list_tabs() if self.is_narrow else f"{name} {counts[place]}"
            self._set_title(self._screen.query_one(f"#{place}"), text)
        self._set_title(self._screen.query_one("#tabs", Vertical), self._tab_names())

    def subtitle(self, place: Place, text: str) -> None:
        """Write what stands below a panel, sanitised already."""
        target = "#tabs" if place in TABS else f"#{place}"
        key = f"{target} below"
        if self._titles.get(key) != text:
            self._titles[key] = text
            self._screen.query_one(target).border_subtitle = Content(text)

    def _set_title(self, widget: Widget, text: str) -> None:
        if self._titles.get(str(widget.id)) != text:
            self._titles[str(widget.id)] = text
            widget.border_title = Content(text)

    def _list_tabs(self) -> str:
        names = (
            _chosen(
                f"{_DIGITS[place]} {str(place).capitalize()}",
                is_chosen=place is self._list,
            )
            for place in LISTS
        )
        return " ".join(names)

    def _tab_names(self) -> str:
        room = self._screen.query_one("#tabs").size.width
        if room < _NARROW_TABS_FROM - 4:
            return f"4 {_chosen(str(self._tab).capitalize(), is_chosen=True)}"
        names = (
            _chosen(str(tab).capitalize(), is_chosen=tab is self._tab) for tab in TABS
        )
        return "4 " + " ".join(names)

    def tab_at(self, column: int) -> Place | None:
        """Return the tab whose name stands in a column of the border's title."""
        return _named_at(self._tab_names(), column, TABS)

    def list_at(self, column: int) -> Place | None:
        """Return the list whose name stands in a column of a narrow title."""
        return _named_at(self._list_tabs(), column, LISTS) if self.is_narrow else None


_PLACES = frozenset(map(str, Place))


def _chosen(name: str, *, is_chosen: bool) -> str:
    return f"▌{name}▐" if is_chosen else name


def _named_at(title: str, column: int, places: Sequence[Place]) -> Place | None:
    for place in places:
        name = str(place).capitalize()
        start = title.find(name)
        if 0 <= start <= column < start + len(name):
            return place
    return None

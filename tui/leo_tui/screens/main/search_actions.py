"""What the keys do to find something: search the output, filter the lists."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from leo_tui.keys.actions import Place
from leo_tui.preferences.memory import Memory
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.layout import LISTS
from leo_tui.screens.main.undoing import look_at
from leo_tui.screens.prompt import PromptScreen
from leo_tui.screens.search_prompt import SearchPrompt
from leo_tui.text.search import Query
from leo_tui.theme import Style

if TYPE_CHECKING:
    from leo_tui.widgets.files_panel import FilesPanel
    from leo_tui.widgets.runs_panel import RunsPanel
    from leo_tui.widgets.tasks_panel import TasksPanel

_REGEX = "re:"
"""What a search begins with that is a regular expression, however it is typed."""
_SEARCHES, _FILTERS = "search", "filter"
"""Kinds of texts that are remembered."""


class SearchActions:
    """Searches and filters, key by key, and goes from hit to hit."""

    def __init__(self, bridge: Bridge, memory: Memory) -> None:
        self._bridge = bridge
        self._memory = memory
        self._pane = bridge.panels.output

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        pane, why_not = self._pane, self._why_no_hit
        return {
            "search": Doing(self._search, self._why_no_search),
            "search.next": Doing(lambda: self._seek(pane.search_next), why_not),
            "search.previous": Doing(lambda: self._seek(pane.search_previous), why_not),
            "filter": Doing(lambda: self._seek(self._filter_lines)),
        }

    def _query(self) -> Query | None:
        """Return what is searched for."""
        window = self._pane.window
        return None if window is None else window.state.query

    def _why_no_search(self) -> str:
        is_list = self._bridge.layout.place in LISTS
        return "" if is_list or self._pane.window else "there is no output to search"

    def _why_no_hit(self) -> str:
        return "" if self._query() is not None else "nothing is searched for: 4 /"

    def _seek(self, way: Callable[[], None]) -> None:
        """Go to a hit, where it can be seen."""
        self._bridge.layout.show_tab(Place.OUTPUT)
        way()

    def _filter_lines(self) -> None:
        missing = self._pane.toggle_filter()
        if missing:
            self._bridge.say(missing)

    async def _search(self) -> None:
        layout = self._bridge.layout
        if layout.place in LISTS:
            await self._filter_list()
            return
        layout.focus(Place.OUTPUT)
        before = self._query()
        bring_back = self._pane.hold()

        def search(query: Query) -> None:
            bring_back()
            self._begin(query)

        prompt = SearchPrompt(
            before, history=self._memory.texts(_SEARCHES), on_query=search
        )
        text = await self._bridge.ask(prompt)
        if text is None:
            bring_back()
            return
        if self._query() != Query(text, prompt.is_regex):
            search(Query(text, prompt.is_regex))
        self._keep(_SEARCHES, text)

    def _begin(self, query: Query) -> None:
        text = query.text.removeprefix(_REGEX)
        is_regex = query.is_regex or text != query.text
        wrong = self._pane.start_search(text, regex=is_regex)
        if wrong:
            self._bridge.say(wrong, Style.CARE)

    def _keep(self, kind: str, text: str) -> None:
        if text:
            texts = [one for one in self._memory.texts(kind) if one != text]
            self._memory.keep_texts(kind, [*texts, text])

    async def _filter_list(self) -> None:
        """Leave only the rows that match."""
        place = self._bridge.layout.place
        panels = self._bridge.panels
        panel: FilesPanel | RunsPanel | TasksPanel = panels.tasks
        if place is not Place.TASKS:
            panel = panels.runs if place is Place.RUNS else panels.files
        looked, before = look_at(panel), panel.filter_text
        history = self._memory.texts(_FILTERS)
        text = await self._bridge.ask(
            PromptScreen("/", before, history=history, on_change=panel.set_filter)
        )
        panel.set_filter(before if text is None else text)
        self._bridge.undoing.note(panel, looked)
        self._keep(_FILTERS, text or "")

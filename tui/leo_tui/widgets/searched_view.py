"""A log view in which something is searched for: hits, a filter, error lines.

Where to go next may not be known yet: then it goes there as soon as it is, unless the
person has moved on.
"""

from collections.abc import Callable
from dataclasses import replace

from leo_tui.text.search import Query, Spans
from leo_tui.viewmodels.output.log_lines import LineSource
from leo_tui.viewmodels.output.log_window import LogWindow
from leo_tui.viewmodels.output.window_text import Found, search_line
from leo_tui.viewmodels.spans import Line
from leo_tui.widgets.log_search import LogSearch
from leo_tui.widgets.log_view import LogView


class SearchedView(LogView):
    """A log view with a search."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, classes=classes)
        self._lines: LineSource | None = None
        self._search: LogSearch | None = None
        self._errors: LogSearch | None = None
        self._pending: Callable[[], bool] | None = None
        """What is done as soon as it is known where to go; returns whether it is."""
        self._seen_hits = 0

    def search_status(self) -> Line:
        """Return how far the search is and its keys; nothing without a search."""
        search, window = self._search, self.window
        if search is None or window is None or search.query is None:
            return ()
        cursor = window.state.cursor
        is_hit = cursor is not None and cursor in search.hits
        found = Found(
            len(search.hits),
            search.hits.rank(cursor) if cursor is not None and is_hit else None,
            search.is_up_to_date,
            search.query.is_regex,
            search.query.heeds_case,
            search.failure,
        )
        return search_line(found, filters=window.state.filters)

    def start_search(self, text: str, *, regex: bool = False) -> str:
        """Search for a text, or a regular expression; return what is wrong with it."""
        window = self.window
        if window is None:
            return ""
        if not text:
            self.clear_search()
            return ""
        query = Query(text, is_regex=regex)
        try:
            query.compiled()
        except ValueError as error:
            return str(error)
        self.begin_search(query)
        self._pending = self._go_to_first_hit
        self.settle()
        return ""

    def hold(self) -> Callable[[], None]:
        """Return what brings this place and this search back, as often as called."""
        window = self.window
        before = None if window is None else replace(window.state)

        def bring_back() -> None:
            if window is None or before is None or self.window is not window:
                return
            self._cancel(self._search)
            self._search, self._pending = None, None
            window.take_state(before)
            window.set_only(None)
            if before.query is not None:
                self.begin_search(before.query)
            self.settle()

        return bring_back

    def clear_search(self) -> bool:
        """End search and filter; return whether there was any."""
        if self.window is None or self.window.state.query is None:
            return False
        self._cancel(self._search)
        self._search, self._pending = None, None
        state = self.window.state
        state.query, state.filters = None, False
        self.window.set_only(None)
        self.settle()
        return True

    def search_next(self) -> None:
        """Go to the next hit."""
        self._seek(lambda: self._search, 1)

    def search_previous(self) -> None:
        """Go to the hit before."""
        self._seek(lambda: self._search, -1)

    def toggle_filter(self) -> str:
        """Leave only the lines that match, or all; return what is missing for it."""
        if self.window is None or self._search is None:
            return "/ searches first; & then leaves only the lines that match"
        state = self.window.state
        state.filters = not state.filters
        self.window.set_only(self._search.hits if state.filters else None)
        if not state.filters and state.cursor is not None:
            self.window.go_to(state.cursor)
        self.settle()
        return ""

    def error_first(self) -> None:
        """Go to the line that tells of the failure, or else to the last line.

        If there is none near the end, the last one there is, once it is found.
        """
        window = self.window
        if window is None:
            return
        found = window.last_error()
        last = max(window.lines.count - 1, window.lines.first)
        window.go_to(last if found is None else found)
        if found is None and not window.has_looked_everywhere():
            self._seek(self._error_search, -1)
        else:
            self._pending = None
            self.settle()

    def error_next(self) -> None:
        """Go to the next line that tells of a failure."""
        self._seek(self._error_search, 1)

    def error_previous(self) -> None:
        """Go to the line before that tells of a failure."""
        self._seek(self._error_search, -1)

    def search_on(self, *, has_grown: bool) -> bool:
        """Take over what was found since; return whether there is anything."""
        window = self.window
        if window is None:
            return False
        for search in (self._search, self._errors):
            if search is not None and has_grown:
                search.wake()
        has_found = self._has_found(window)
        if self._pending is not None and self._pending():
            self._pending = None
            return True
        return has_found

    def search_in(self, lines: LineSource | None) -> None:
        """Search in other lines from now on; for nothing, at first."""
        self._lines = lines
        self._cancel(self._search, self._errors)
        self._search = self._errors = self._pending = None

    def hits_in(self, text: str) -> Spans:
        """Return where in a shown line something was found."""
        return self._search.spans(text) if self._search is not None else ()

    def has_moved(self) -> None:
        """Go nowhere by itself any more."""
        self._pending = None
        super().has_moved()

    def begin_search(self, query: Query) -> None:
        """Search in what is shown, without going anywhere."""
        window, lines = self.window, self._lines
        if window is None or lines is None:
            return
        self._cancel(self._search)
        self._search = LogSearch(lines, query)
        self._seen_hits = 0
        window.state.query = query
        window.set_only(self._search.hits if window.state.filters else None)

    def _has_found(self, window: LogWindow) -> bool:
        """Return whether the search has found more since the last time."""
        search = self._search
        if search is None:
            return False
        if window.only is not None and window.only is not search.hits:
            window.set_only(search.hits)
        seen, self._seen_hits = self._seen_hits, search.scanned + len(search.hits)
        has_news, search.has_news = search.has_news, False
        return seen != self._seen_hits or has_news

    def _go_to_first_hit(self) -> bool:
        search, window = self._search, self.window
        if search is None or window is None or search.failure:
            return True
        if not window.knows_numbers:
            return False
        rows = window.rows()
        return self._go(search, 1, (rows[0].line.number if rows else 0) - 1)

    def _seek(self, search_of: Callable[[], LogSearch | None], direction: int) -> None:
        def seek() -> bool:
            search, window = search_of(), self.window
            if search is None or window is None or search.failure:
                return True
            if not window.knows_numbers:
                return False
            current = window.current()
            return self._go(search, direction, -1 if current is None else current)

        self._pending = None if seek() else seek
        self.settle()

    def _go(self, search: LogSearch, direction: int, current: int) -> bool:
        """Go to a hit; return whether nothing is left to be waited for."""
        ask = search.next_hit if direction > 0 else search.previous_hit
        found = ask(current)
        if found is not None and self.window is not None:
            self.window.go_to(found)
        return found is not None or search.is_up_to_date

    def _error_search(self) -> LogSearch | None:
        if self._errors is None and self._lines is not None:
            self._errors = LogSearch(self._lines, None)
        return self._errors

    def _cancel(self, *searches: LogSearch | None) -> None:
        for search in searches:
            if search is not None:
                search.cancel()

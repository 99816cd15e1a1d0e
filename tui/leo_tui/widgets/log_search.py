"""Searching a log in a thread, from its first line on and then as it grows."""

from collections import OrderedDict
from threading import Condition, Thread

from leo_tui.text.line_set import LineSet
from leo_tui.text.regex_search import RegexSearch, SlowPatternError
from leo_tui.text.search import ErrorLines, Matcher, PlainText, Query, Spans
from leo_tui.viewmodels.output.log_lines import LineSource

_REMEMBERED_SPANS = 512


class LogSearch:
    """The lines of a log that have something; found so far, and counting.

    With no query, it looks for lines that tell of a failure.
    """

    def __init__(self, lines: LineSource, query: Query | None) -> None:
        self.lines = lines
        self.query = query
        self.hits = LineSet()
        self.failure = ""
        """Why it has ended before its time."""
        self.scanned = 0
        """One more than the number of the last line looked at."""
        self.is_up_to_date = False
        """Whether it has looked at all that there was when it was woken last."""
        self._renewals = lines.renewals
        self._plain = PlainText(query) if query and not query.is_regex else None
        self._woken = Condition()
        self._is_over = False
        self._has_more = True
        self._matcher: Matcher | None = None
        self.has_news = False
        """Whether it has become known where in lines hits are."""
        self._asked: list[str] = []
        self._spans: OrderedDict[str, Spans] = OrderedDict()
        Thread(target=self._work, name="log-search", daemon=True).start()

    def wake(self) -> None:
        """Look at what has come since."""
        with self._woken:
            self._has_more = True
            self.is_up_to_date = False
            self._woken.notify()

    def cancel(self) -> None:
        """Search no longer; takes no time."""
        with self._woken:
            self._is_over = True
            if self._matcher is not None:
                self._matcher.close()
            self._woken.notify()

    def spans(self, text: str) -> Spans:
        """Return where in a shown line it is; of a pattern, once that is known."""
        if self._plain is not None:
            return self._plain.spans(text)
        if self.query is None:
            return ()
        with self._woken:
            known = self._spans.get(text)
            if known is None and not self._is_over:
                self._asked.append(text)
                self._spans[text] = ()
                self._woken.notify()
                if len(self._spans) > _REMEMBERED_SPANS:
                    self._spans.popitem(last=False)
            return known or ()

    def next_hit(self, line: int) -> int | None:
        """Return the next hit after a line, the first one after the last."""
        hits = self.hits
        place, count = hits.rank(line + 1), len(hits)
        if place < count:
            return hits[place]
        return hits[0] if count and self.is_up_to_date else None

    def previous_hit(self, line: int) -> int | None:
        """Return the hit before a line, the last one before the first."""
        hits = self.hits
        place, count = hits.rank(line), len(hits)
        if place:
            return hits[place - 1]
        return hits[count - 1] if count and self.is_up_to_date else None

    def _work(self) -> None:
        try:
            self._matcher = self._begun()
            while self._wait():
                self._answer_asked()
                if self._has_more:
                    self._search_on(self._matcher)
        except SlowPatternError as error:
            self.failure = "" if self._is_over else f"{error}: line {self.scanned + 1}"
        except OSError as error:
            self.failure = f"cannot search: {error.strerror}"
        finally:
            self._is_over = True
            if self._matcher is not None:
                self._matcher.end()

    def _begun(self) -> Matcher:
        if self.query is None:
            return ErrorLines()
        return self._plain or RegexSearch(self.query)

    def _wait(self) -> bool:
        """Wait for something to do; return whether there is."""
        with self._woken:
            self._woken.wait_for(lambda: self._has_more or self._asked or self._is_over)
            return not self._is_over

    def _search_on(self, matcher: Matcher) -> None:
        with self._woken:
            # What comes from now on wakes it again.
            self._has_more = False
        if self.lines.renewals != self._renewals:
            self._renewals = self.lines.renewals
            self.hits, self.scanned = LineSet(), 0
        block = self.lines.block(self.scanned)
        if not block.text:
            self.is_up_to_date = True
            return
        is_open = not block.text.endswith(b"\n")
        for line in matcher.lines_in(block.text):
            # After the last newline there may be no line.
            if line < block.ended + is_open:
                self.hits.add(block.first + line)
        self.scanned = block.first + block.ended
        if block.ended:
            self._has_more = True
        else:
            self.is_up_to_date = True

    def _answer_asked(self) -> None:
        while self._asked and isinstance(self._matcher, RegexSearch):
            with self._woken:
                text = self._asked.pop()
            spans = self._matcher.spans(text)
            with self._woken:
                self._spans[text] = spans
                self.has_news = True

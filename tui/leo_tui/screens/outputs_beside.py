"""Outputs of one task in two runs, side by side and scrolled together."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.scrollbar import ScrollTo

from leo_engine.errors import LeoError
from leo_tui.feed.reading import TaskOutput
from leo_tui.screens.dialog import Overlay
from leo_tui.screens.prompt import PromptScreen
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.viewmodels.output.log_head import (
    closing_line,
    command_line,
    empty_lines,
    head_line,
)
from leo_tui.viewmodels.output.log_lines import LogSource
from leo_tui.viewmodels.spans import Span, line
from leo_tui.widgets.line_bar import LineBar
from leo_tui.widgets.output_pane import OutputPane

Both = tuple[TaskOutput | None, TaskOutput | None]
Look = Callable[[], Awaitable[Both]]

_KEYS = (
    " esc back · j/k both · / find · n N next · f error line · w wrap · tab other"
    " · y copy"
)
_POLL_S = 0.1
_LOOK_S = 1.0
_BESIDE_FROM = 80
"""Columns below which one stands above the other."""


class Titles(NamedTuple):
    """What is shown: a task, and the names of the two runs."""

    task: str
    before: str
    after: str


class TwinPane(OutputPane):
    """An output that takes another one along wherever it is scrolled."""

    twin: "TwinPane | None" = None

    def scroll_rows(self, rows: int) -> None:
        """Move both by as many rows."""
        self.scroll_alone(rows)
        if self.twin is not None:
            self.twin.scroll_alone(rows)

    def scroll_alone(self, rows: int) -> None:
        """Move this one."""
        super().scroll_rows(rows)

    def on_scroll_to(self, message: ScrollTo) -> None:
        """Go where the scrollbar was dragged to, the other one as far."""
        message.stop()
        message.prevent_default()
        if self.window is None or message.y is None:
            return
        before = self.window.top_place()
        self.window.go_to_place(round(message.y))
        self.has_moved()
        if self.twin is not None:
            self.twin.scroll_alone(self.window.top_place() - before)


class OutputsBesideScreen(Overlay[None]):
    """Two outputs, and keys that are for both."""

    DEFAULT_CSS = """
    OutputsBesideScreen { background: $background; layout: vertical; }
    OutputsBesideScreen #beside { height: 1fr; layout: horizontal; }
    OutputsBesideScreen.narrow #beside { layout: vertical; }
    OutputsBesideScreen TwinPane {
        width: 1fr;
        height: 1fr;
        border: solid $border-blurred;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
    }
    OutputsBesideScreen TwinPane:focus { border: heavy $border; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("q", "leave", show=False),
        Binding("j,down", "move('cursor_down')", show=False),
        Binding("k,up", "move('cursor_up')", show=False),
        Binding("ctrl+d", "move('cursor_half_down')", show=False),
        Binding("ctrl+u", "move('cursor_half_up')", show=False),
        Binding("pagedown", "move('cursor_page_down')", show=False),
        Binding("pageup", "move('cursor_page_up')", show=False),
        Binding("g,home", "both('cursor_top')", show=False),
        Binding("G,end", "both('cursor_bottom')", show=False),
        Binding("h,left", "both('pan_left')", show=False),
        Binding("l,right", "both('pan_right')", show=False),
        Binding("w", "both('toggle_wrap')", show=False),
        Binding("n", "both('search_next')", show=False),
        Binding("N", "both('search_previous')", show=False),
        Binding("f", "both('error_next')", show=False),
        Binding("F", "both('error_previous')", show=False),
        Binding("ampersand", "both('toggle_filter')", show=False),
        Binding("slash", "search", show=False),
        Binding("tab,shift+tab", "other", show=False, priority=True),
        Binding("y", "copy", show=False),
    ]

    def __init__(self, titles: Titles, look: Look, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._titles = titles
        self._look = look
        self._now_ms = now_ms
        self._panes = (TwinPane(id="before"), TwinPane(id="after"))
        self._panes[0].twin, self._panes[1].twin = self._panes[1], self._panes[0]
        self._is_live = True
        self._query = ""

    def compose(self) -> ComposeResult:
        """Put the outputs beside each other, between two bars."""
        yield LineBar(id="beside-title")
        yield Container(*self._panes, id="beside")
        yield LineBar(id="beside-keys")

    async def on_mount(self) -> None:
        """Show the outputs from their beginnings."""
        name = Span(sanitize(self._titles.task), Style.BOLD)
        self.query_one("#beside-title", LineBar).show(line(" ", name))
        names = (self._titles.before, self._titles.after)
        for pane, title in zip(self._panes, names, strict=True):
            pane.border_title = Content(sanitize(title))
        self.tell("")
        self._panes[1].focus()
        await self._take()
        self.action_both("cursor_top")
        self.set_interval(_POLL_S, self._poll)
        self.set_interval(_LOOK_S, self._look_again)

    def on_resize(self) -> None:
        """Put one above the other where there is no room beside it."""
        self.set_class(self.size.width < _BESIDE_FROM, "narrow")

    def tell(self, text: str) -> None:
        """Say something where the keys stand; nothing: the keys again."""
        keys = Span(f" {text}") if text else Span(_KEYS, Style.DIM)
        self.query_one("#beside-keys", LineBar).show(line(keys))

    def action_move(self, method: str) -> None:
        """Move one of them; it takes the other along."""
        getattr(self._panes[0], method)()

    def action_both(self, method: str) -> None:
        """Have both do the same."""
        answers = [getattr(pane, method)() for pane in self._panes]
        self.tell(next((a for a in answers if isinstance(a, str) and a), ""))

    def action_other(self) -> None:
        """Give the other one the focus: what is copied is of that one."""
        self._panes[self._panes[1].has_focus ^ 1].focus()

    def action_copy(self) -> None:
        """Copy of the one with the focus, and say so."""
        pane = self._panes[1] if self._panes[1].has_focus else self._panes[0]
        self.tell(pane.copy())

    def action_search(self) -> None:
        """Ask what to look for in both."""
        _ = self.app.push_screen(PromptScreen("/", self._query), self._find)

    def action_back(self) -> None:
        """End the search, else go back to the comparison."""
        cleared = [pane.clear_search() for pane in self._panes]
        if not any(cleared):
            self.action_leave()

    def action_leave(self) -> None:
        """Go back to the comparison."""
        self.answer_with(None)

    def _find(self, text: str | None) -> None:
        if text is not None:
            self._query = text
            wrong = [pane.start_search(text) for pane in self._panes]
            self.tell(next(filter(None, wrong), ""))

    def _poll(self) -> None:
        for pane in self._panes:
            pane.poll()
            footer = "".join(span.text for span in pane.search_status())
            pane.border_subtitle = Content(footer)

    async def _look_again(self) -> None:
        if self._is_live:
            await self._take()

    async def _take(self) -> None:
        try:
            both = await self._look()
        except LeoError as error:
            self.tell(sanitize(str(error)))
            return
        self._is_live = any(one is not None and one.is_live for one in both)
        for pane, found in zip(self._panes, both, strict=True):
            self._point(pane, found)

    def _point(self, pane: TwinPane, found: TaskOutput | None) -> None:
        """Have a pane show an output, or what stands for it."""
        if found is None:
            pane.show(None, key=None, empty=[line("The run has no such task.")])
            return
        model, number, attempt = found.model, found.number, found.attempt
        now_ms = self._now_ms()
        empty = empty_lines(model, number, attempt, now_ms)
        sources = _sources(found)
        if attempt is None or not sources:
            pane.show(None, key=None, empty=empty)
            return
        key = (model.run.run_id, number, attempt.attempt)
        head = head_line(model, number, attempt, now_ms)
        if len(sources) > 1:
            pane.show_merged(sources, key=key, head=head, empty=empty)
            return
        pane.show(
            sources[0],
            key=key,
            head=head,
            command=command_line(model, number),
            closing=closing_line(model, number, attempt),
            empty=empty,
        )


def _sources(found: TaskOutput) -> Sequence[LogSource]:
    attempt, output = found.attempt, found.output
    if attempt is None or output is None:
        return ()
    return [
        LogSource(
            path=log.path,
            masks=output.masks,
            arrivals=log.arrivals if log.size_bytes else None,
            is_live=attempt.ended_ms is None,
            label=log.stream if len(output.logs) > 1 else "",
        )
        for log in output.logs
    ]

"""The output pane: one pane for all output, pointed at one attempt after the other.

For each output it remembers where somebody was in it: line, follow, search, wrap. The
app's tick calls `poll`, which reads no more than it must and never waits.
"""

import asyncio
import os
import shlex
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.output.log_copy import copied
from leo_tui.viewmodels.output.log_lines import LineSource, LogLines, LogSource
from leo_tui.viewmodels.output.log_window import LogWindow, WindowState
from leo_tui.viewmodels.output.merged_lines import MergedLines
from leo_tui.viewmodels.output.times import AFTER, Times
from leo_tui.viewmodels.output.window_text import (
    footer,
    status,
    zoomed_footer,
)
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.widgets.log_file import LogFile
from leo_tui.widgets.searched_view import SearchedView

_POLL_S = 0.003
_POLLED_BYTES = 512 * 1024
_OPENED = 8
_REMEMBERED = 2000
_MOST_COPIED = 1024 * 1024
_PAGER = "less -R"


class OutputPane(SearchedView):
    """Output of one attempt, or of several together."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
        wraps: bool = True,
        pager: str = "",
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        """`pager` is a command; empty: $PAGER."""
        super().__init__(id=id, classes=classes)
        self.wraps = wraps
        """Whether outputs wrap their lines that were not looked at yet."""
        self.times = Times.OFF
        """Which times they show."""
        self._pager = pager
        self._clock = clock
        self._key: Hashable = None
        self._path: Path | None = None
        self._states: OrderedDict[Hashable, WindowState] = OrderedDict()
        self._opened: OrderedDict[Path, LogLines] = OrderedDict()
        self._is_gone = False

    def show(
        self,
        source: LogSource | None,
        *,
        key: Hashable,
        head: Line = (),
        command: Line = (),
        closing: Line = (),
        empty: Sequence[Line] = (),
    ) -> None:
        """Show an output where somebody had got to in it, or what stands for it.

        `closing` comes after the last line; `empty` when there is no line.
        """
        self.say_around((head, command), closing, empty)
        if source is None:
            if key != self._key or self.window is not None:
                self._leave(None, None)
                self._key = key
                self.settle()
            return
        if key == self._key and source.path == self._path and self._lines is not None:
            self._take_over(source)
            return
        self._use_labels(())
        self._point_at(self._open(source), key, source.path)

    def show_merged(
        self,
        sources: Sequence[LogSource],
        *,
        key: Hashable,
        head: Line = (),
        empty: Sequence[Line] = (),
    ) -> None:
        """Show several outputs together, by when they were written."""
        self.say_around((head,), (), empty)
        self._use_labels([source.label for source in sources])
        if key == self._key and isinstance(self._lines, MergedLines):
            self._lines.change(sources)
        else:
            self._point_at(MergedLines(sources, _opened), key, None)

    def poll(self) -> bool:
        """Take note of what was written; return whether anything shown is different."""
        window, lines = self.window, self._lines
        if window is None or lines is None:
            return False
        has_grown = self._extend(lines)
        window.take_growth()
        if self.search_on(has_grown=has_grown):
            self.settle()
        elif has_grown:
            self.settle_growth()
        else:
            return False
        return True

    def footer(self) -> Line:
        """Return what stands in the lower border: `line 16/18 · follow off · …`."""
        if self.window is None:
            return ()
        return zoomed_footer(self.window) if self.is_zoomed else footer(self.window)

    def status(self) -> Line:
        """Return `follow off · wrap off · times abs · 88 MB on disk, …`."""
        if self.window is None:
            return ()
        return status(self.window, has_times=self.has_times())

    def toggle_wrap(self) -> None:
        """Wrap long lines, or do not."""
        if self.window is not None:
            self.window.toggle_wrap()
            self.wraps = self.window.state.wraps
            self.settle()

    def cycle_times(self) -> str:
        """Show other times before the lines; return why there are none."""
        if self.window is None:
            return ""
        state = self.window.state
        if not self.has_times():
            state.times = Times.OFF
            return "it was not recorded when these lines were written"
        self.times = state.times = AFTER[state.times]
        self.settle()
        return ""

    def selected_text(self) -> str:
        """Return the selected lines, or the current one, as shown; at most 1 MiB."""
        if self.window is None:
            return ""
        found = copied(self.window.lines, self.window.selected())
        return "".join(_at_most(found)).removesuffix("\n")

    def copy(self) -> str:
        """Copy the selected lines, or the current one; return what was done."""
        if self.window is None or not self.window.selected():
            return "there is nothing to copy"
        return self._copy(self.selected_text())

    def copy_all(self) -> str:
        """Copy all of the output; return what was done."""
        if self._lines is None or not self._lines.count:
            return "there is nothing to copy"
        if self._lines.size_bytes > _MOST_COPIED:
            return "too long to copy: O saves it to a file"
        return self._copy("".join(_at_most(copied(self._lines))))

    async def save(self, path: Path) -> str:
        """Write the output to a new file, as shown; return what was done."""
        if self._lines is None:
            return "there is no output to save"
        try:
            await asyncio.to_thread(self._write, self._lines, path, is_new=True)
        except FileExistsError:
            return f"{sanitize(str(path))} is there already"
        except OSError as error:
            return f"cannot save: {error.strerror}: {sanitize(str(path))}"
        return f"saved to {sanitize(str(path))}"

    async def pager_copy(self) -> Path | None:
        """Return a copy that only the owner can read, to be deleted afterwards."""
        if self._lines is None:
            return None
        in_colour = not self._pager_words()
        descriptor, name = tempfile.mkstemp(prefix="leo-output-", suffix=".log")
        os.close(descriptor)
        path = Path(name)
        await asyncio.to_thread(self._write, self._lines, path, in_colour=in_colour)
        return path

    def pager_command(self, path: Path) -> list[str]:
        """Return how to open a file in the pager: as set, $PAGER, or `less -R`."""
        return [*(self._pager_words() or shlex.split(_PAGER)), str(path)]

    def on_unmount(self) -> None:
        """End what runs beside."""
        self._is_gone = True
        self.search_in(None)

    def _pager_words(self) -> list[str]:
        """Return the command that was chosen; nothing when none was."""
        with suppress(ValueError):
            return shlex.split(self._pager or os.environ.get("PAGER", ""))
        return []

    def _take_over(self, source: LogSource) -> None:
        """Go on with the same file, of which something else is known now."""
        lines, window = self._lines, self.window
        if not isinstance(lines, LogLines) or window is None or lines.source == source:
            return
        before = lines.source
        lines.change(source)
        if (before.masks, before.until_bytes) != (source.masks, source.until_bytes):
            window.forget()
            self._extend(lines)
            window.take_growth()
        self.settle()

    def _leave(self, lines: LineSource | None, path: Path | None) -> None:
        self.search_in(lines)
        if self.window is not None and not self.window.knows_numbers:
            self.window.state.follows = True
        self.window, self._path = None, path

    def _point_at(self, lines: LineSource, key: Hashable, path: Path | None) -> None:
        self._leave(lines, path)
        self._key = key
        state = self._states.pop(key, None) or WindowState(
            wraps=self.wraps, times=self.times
        )
        self._states[key] = state
        if len(self._states) > _REMEMBERED:
            self._states.popitem(last=False)
        self._extend(lines)
        self.window = LogWindow(lines, state)
        self.window.take_growth()
        if state.query is not None:
            self.begin_search(state.query)
        self.settle()

    def _open(self, source: LogSource) -> LogLines:
        """Return the lines of a log, those found already included."""
        lines = self._opened.pop(source.path, None)
        if lines is None:
            lines = _opened(source)
        lines.change(source)
        self._opened[source.path] = lines
        if len(self._opened) > _OPENED:
            self._opened.popitem(last=False)
        return lines

    def _extend(self, lines: LineSource) -> bool:
        until = self._clock() + _POLL_S
        has_grown = lines.extend(_POLLED_BYTES)
        while not lines.is_whole and self._clock() < until:
            if not lines.extend(_POLLED_BYTES):
                break
        return has_grown

    def _copy(self, text: str) -> str:
        self.app.copy_to_clipboard(text)
        return (
            f"copied {counted(text.removesuffix(chr(10)).count(chr(10)) + 1, 'line')}"
        )

    def _write(
        self,
        lines: LineSource,
        path: Path,
        *,
        is_new: bool = False,
        in_colour: bool = False,
    ) -> None:
        mode = "x" if is_new else "w"
        with path.expanduser().open(mode, encoding="utf-8") as file:
            for text in copied(lines, in_colour=in_colour):
                if self._is_gone:
                    return
                file.write(text)

    def _empty_lines(self) -> Sequence[Line]:
        lines, path = self._lines, self._path
        if lines is not None and lines.is_missing and not lines.is_live and path:
            return [line("Log was deleted: ", Span(sanitize(str(path)), Style.DIM))]
        if self.window is not None and self.window.only is not None and lines:
            query = self.window.state.query
            text = sanitize(query.text) if query is not None else ""
            return [line(f"0 of {lines.count:,} match '{text}'. esc clears.")]
        return super()._empty_lines()


def _opened(source: LogSource) -> LogLines:
    return LogLines(source, LogFile(source.path))


def _at_most(texts: Iterator[str]) -> Iterator[str]:
    length = 0
    for text in texts:
        length += len(text)
        if length > _MOST_COPIED:
            yield text[: _MOST_COPIED - length]
            return
        yield text

"""What the machine and the tasks use: the last two minutes, peaks, and one status line.

Histories are bounded: a task's ends with the task, only its peak stays.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from leo_engine.ports import HostSample, ResourceSample
from leo_tui.text.width import cells
from leo_tui.theme import Style
from leo_tui.units import SECOND_MS, short_size, stopwatch
from leo_tui.viewmodels.panels.plots import dots
from leo_tui.viewmodels.panels.samples import (
    LongHistory,
    Rate,
    Recent,
    WorkSample,
)
from leo_tui.viewmodels.spans import Line, Span, cut_line, joined

_STATUS_GAP = "   "
_NARROW_GAP = "  "
_WIDE_FROM = 100
_DOTS_CELLS = 6
_WHOLE = 100
_BUSY_PERCENT = 95


class TaskMeter:
    """One running task."""

    def __init__(self) -> None:
        self.cpu = Recent()
        """Percent of one processor; several make more than 100."""
        self.rss = Recent()
        self.peak_rss_bytes = 0
        self.process_count = 0
        self._cpu_rate = Rate()

    def take(self, at_ms: int, sample: ResourceSample) -> None:
        """Take the next sample."""
        self.cpu.add(self._cpu_rate.take(at_ms, sample.cpu_ms) / 10)
        self.rss.add(sample.rss_bytes)
        self.peak_rss_bytes = max(self.peak_rss_bytes, sample.rss_bytes)
        self.process_count = sample.process_count


class Load(NamedTuple):
    """What the engine has to do."""

    slots_taken: int = 0
    slots: int = 0
    tasks_per_second: float = 0.0
    log_bytes_per_second: float = 0.0


class Meters:
    """The machine, the engine, and every task that runs."""

    def __init__(self) -> None:
        self.cpu, self.memory, self.disk, self.net = (Recent() for _ in range(4))
        self.history = LongHistory()
        """Of the processors, over the whole time; for the timeline."""
        self.memory_total_bytes = 0
        self.load = Load()
        self.tasks: dict[int, TaskMeter] = {}
        """{task number: its meter}, of tasks that run."""
        self.peaks: dict[int, int] = {}
        """{task number: most memory seen, in bytes}, of tasks that do not run now."""
        self._settled_rate, self._log_rate = Rate(), Rate()

    def take_host(self, at_ms: int, sample: HostSample) -> None:
        """Take the machine's next sample."""
        self.cpu.add(sample.cpu_percent)
        self.history.add(at_ms, sample.cpu_percent)
        self.memory.add(sample.memory_used_bytes)
        self.memory_total_bytes = sample.memory_total_bytes
        period_ms = max(1, sample.period_ms)
        self.disk.add(sample.disk_bytes * SECOND_MS / period_ms)
        self.net.add(sample.net_bytes * SECOND_MS / period_ms)

    def take_tasks(self, at_ms: int, samples: Mapping[int, ResourceSample]) -> None:
        """Take the next samples of all tasks that run; others have ended."""
        for number in [number for number in self.tasks if number not in samples]:
            self.peaks[number] = self.tasks.pop(number).peak_rss_bytes
        for number, sample in samples.items():
            meter = self.tasks.get(number)
            if meter is None:
                meter = self.tasks[number] = TaskMeter()
            meter.take(at_ms, sample)

    def take_work(self, sample: WorkSample) -> None:
        """Take the engine's next sample."""
        at_ms = sample.at_ms
        self.load = Load(
            slots_taken=sample.slots_taken,
            slots=sample.slots,
            tasks_per_second=self._settled_rate.take(at_ms, sample.settled_count),
            log_bytes_per_second=self._log_rate.take(at_ms, sample.log_bytes),
        )

    def forget_tasks(self) -> None:
        """Another run is shown: its tasks have other numbers."""
        self.tasks.clear()
        self.peaks.clear()

    def status_line(self, width: int, *, eta_ms: int | None = None) -> Line:
        """Return the meters of the status line; the last ones go when it is narrow.

        `eta_ms` is what is left of the run that is shown; None: not known.
        """
        if not self.memory_total_bytes:
            return ()
        is_wide = width >= _WIDE_FROM
        gap = _STATUS_GAP if is_wide else _NARROW_GAP
        shown: list[Span] = []
        room = width - 1
        for span in self._status(eta_ms, is_wide=is_wide):
            room -= cells(span.text) + (len(gap) if shown else 0)
            if room < 0:
                break
            shown.append(span)
        return cut_line((Span(" "), *joined(shown, gap)), width)

    def _status(self, eta_ms: int | None, *, is_wide: bool) -> Iterable[Span]:
        eta = [] if eta_ms is None else [Span(f"eta {stopwatch(eta_ms)}")]
        slots = f"slots {self.load.slots_taken}/{self.load.slots}"
        if not is_wide:
            yield Span(f"cpu {self.cpu.latest:.0f}%", self._cpu_style())
            yield Span(f"mem {short_size(int(self.memory.latest))}")
            yield Span(slots)
            yield from eta
            return
        cpu = f"cpu {self._dots(self.cpu, _WHOLE)} {self.cpu.latest:.0f}%"
        yield Span(cpu, self._cpu_style())
        used = f"{short_size(int(self.memory.latest)).removesuffix('G')}"
        total = short_size(self.memory_total_bytes)
        memory = self._dots(self.memory, self.memory_total_bytes)
        yield Span(f"mem {memory} {used}/{total}")
        yield Span(f"disk {short_size(int(self.disk.latest))}/s")
        yield Span(slots)
        yield Span(f"tasks/s {self.load.tasks_per_second:.1f}")
        yield from eta
        rate = short_size(round(self.load.log_bytes_per_second))
        yield Span(f"log {rate}/s")

    def _cpu_style(self) -> Style:
        return Style.CARE if self.cpu.latest >= _BUSY_PERCENT else Style.PLAIN

    @staticmethod
    def _dots(history: Recent, highest: float) -> str:
        return dots(history.last(_DOTS_CELLS), highest)

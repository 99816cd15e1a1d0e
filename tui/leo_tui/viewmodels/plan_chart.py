"""A predicted run as text: its sums, its critical path, and who runs when per slot."""

from collections.abc import Iterable, Iterator, Sequence

from leo_engine.errors import Problem
from leo_engine.simulation.plan import Plan, PlannedTask
from leo_tui.text.sanitize import sanitize
from leo_tui.text.table import table
from leo_tui.text.width import cut, pad
from leo_tui.theme import Style
from leo_tui.units import counted, duration
from leo_tui.viewmodels.spans import Line, Span, cut_line, line

_MOST_SLOTS = 40
_MOST_OF_PATH = 12
_LABEL_CELLS = 10
_NARROWEST_CHART = 20


def plan_chart(plan: Plan, *, slots: int, width: int) -> list[Line]:
    """Return the prediction in at most `width` cells."""
    lines = [
        *_sums(plan, slots),
        *_path(plan, width),
        (),
        *_chart(plan, max(_NARROWEST_CHART, width - _LABEL_CELLS)),
    ]
    return [cut_line(spans, width) for spans in lines]


def dry_run_lines(
    plan: Plan, missing: Sequence[Problem], *, slots: int, width: int
) -> list[Line]:
    """Return the prediction with what would keep it from coming true."""
    tasks = f"{counted(len(plan.tasks), 'task')} on {counted(slots, 'slot')}"
    lines = [line(f"{tasks}, nothing is started."), ()]
    lines += [line(Span(sanitize(one.message), Style.BAD)) for one in missing]
    return [*lines, *plan_chart(plan, slots=slots, width=width)]


def utilisation(plan: Plan, slots: int) -> float:
    """Return the share of the slots' time that is spent on tasks, 0 to 1."""
    work_ms = sum(t.end_ms - t.start_ms for t in plan.tasks if t.slot >= 0)
    offered_ms = plan.makespan_ms * slots
    return work_ms / offered_ms if offered_ms else 1.0


def _sums(plan: Plan, slots: int) -> Iterator[Line]:
    best_ms = plan.lower_bound_ms
    offered = counted(slots, "slot")
    ratio = f"  {plan.makespan_ms / best_ms:.2f} of the lower bound" if best_ms else ""
    sums = {
        "makespan": f"{duration(plan.makespan_ms)}{ratio}",
        "lower bound": f"{duration(best_ms)}  nothing on {offered} ends earlier",
        "utilisation": f"{utilisation(plan, slots):.0%} of {offered}",
    }
    for name, text in sums.items():
        yield line(Span(f"{name:<15}", Style.DIM), text)


def _path(plan: Plan, width: int) -> Iterator[Line]:
    lengths_ms = {t.task: t.end_ms - t.start_ms for t in plan.tasks}
    total_ms = sum(lengths_ms.get(task, 0) for task in plan.critical_path)
    count = len(plan.critical_path)
    head = f"{duration(total_ms)}, {counted(count, 'task')}"
    yield line(Span(f"{'critical path':<15}", Style.DIM), head)
    shown = plan.critical_path[:_MOST_OF_PATH]
    rows = [["  ", sanitize(t), duration(lengths_ms.get(t, 0))] for t in shown]
    yield from map(line, table((), rows, right=frozenset({2}), width=width))
    if count > len(shown):
        yield line(f"    … and {count - len(shown)} more")


def _chart(plan: Plan, width: int) -> Iterator[Line]:
    by_slot: dict[int, list[PlannedTask]] = {}
    for task in plan.tasks:
        if task.slot >= 0:
            by_slot.setdefault(task.slot, []).append(task)
    critical = frozenset(plan.critical_path)
    shown = sorted(by_slot)[:_MOST_SLOTS]
    for slot in shown:
        bar = _bar(by_slot[slot], plan.makespan_ms, width, critical)
        yield (Span(f"{f'slot {slot}':<{_LABEL_CELLS}}", Style.DIM), *bar)
    if len(by_slot) > len(shown):
        yield line(f"… and {len(by_slot) - len(shown)} more slots")
    if shown:
        end = duration(plan.makespan_ms)
        scale = f"{'':<{_LABEL_CELLS}}0{end:>{width - 1}}"
        yield line(Span(scale, Style.DIM))


def _bar(
    tasks: Iterable[PlannedTask], makespan_ms: int, width: int, critical: frozenset[str]
) -> Iterator[Span]:
    """Yield one slot's tasks to scale; those too short for a cell share one."""
    drawn = 0
    for task in tasks:
        start = task.start_ms * width // max(makespan_ms, 1)
        end = min(width, max(start + 1, task.end_ms * width // max(makespan_ms, 1)))
        if start < drawn:
            continue
        yield Span(" " * (start - drawn))
        name = cut(sanitize(task.task), end - start - 1)
        filled = pad(name, end - start - 1).replace(" ", "─")
        yield Span(f"▌{filled}", Style.BUSY if task.task in critical else Style.PLAIN)
        drawn = end

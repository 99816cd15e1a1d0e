"""What a DAG would do, for where its runs would be shown if there were any."""

from leo_engine.graph.dag import Graph, levels
from leo_engine.spec.model import Dag
from leo_tui.keys.actions import BY_ID
from leo_tui.theme import Style
from leo_tui.units import counted, grouped
from leo_tui.viewmodels.spans import Line, Span, line

START_KEY = BY_ID["run.start"].keys[0]


def never_run_lines(dag: Dag, slots: int, start_key: str = START_KEY) -> list[Line]:
    """Return `Never run. s starts it.` and how large it is. O(tasks)."""
    tasks = [task for task in dag.tasks if not task.is_hook]
    graph = Graph.build(
        [task.id for task in dag.tasks], [task.upstream for task in dag.tasks]
    )
    longest = 1 + max(levels(graph), default=-1)
    size = f"{grouped(len(tasks))} {'task' if len(tasks) == 1 else 'tasks'}"
    return [
        line(f"Never run. {start_key} starts it."),
        (),
        line(
            Span(f"{size}, the longest chain has {grouped(longest)}, ", Style.DIM),
            Span(f"{counted(slots, 'slot')}.", Style.DIM),
        ),
    ]

"""A DAG as text: as a tree with cross references, for Graphviz, for Mermaid."""

from collections.abc import Iterator

from leo_engine.graph.dag import Graph
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line

_MOST_NAMED = 4
_ROOT = -1


def as_tree(graph: Graph) -> Iterator[Line]:
    """Yield one line per task: below its immediate dominator, joins spelled out.

    A task that is the only one below another continues its column instead of being
    indented, so a chain of a thousand tasks stays as narrow as one.
    """
    below: dict[int, list[int]] = {}
    for task, parent in enumerate(immediate_dominators(graph)):
        below.setdefault(parent, []).append(task)
    rank = {task: place for place, task in enumerate(graph.order)}
    for children in below.values():
        children.sort(key=rank.__getitem__)
    # Each entry: a task, what precedes its own line, what precedes those below it.
    waiting = [(task, "", "") for task in reversed(below.get(_ROOT, []))]
    while waiting:
        task, lead, indent = waiting.pop()
        yield line(
            Span(lead, Style.DIM), sanitize(graph.ids[task]), _joins(graph, task)
        )
        waiting.extend(_branches(below.get(task, []), indent))


def _branches(children: list[int], indent: str) -> list[tuple[int, str, str]]:
    """Return the entries of a task's children, the last one first."""
    if len(children) <= 1:
        return [(child, f"{indent}↓ ", indent) for child in children]
    last, *others = reversed(children)
    entries = [(last, f"{indent}└─ ", f"{indent}   ")]
    return entries + [(child, f"{indent}├─ ", f"{indent}│  ") for child in others]


def immediate_dominators(graph: Graph) -> list[int]:
    """Return, per task, the last task that every path to it goes through, or -1.

    In a DAG that is the lowest common ancestor, in the tree built so far, of what the
    task depends on. Source: Cooper, Harvey, Kennedy, "A simple, fast dominance
    algorithm", Rice University, 2001; one pass, as there are no cycles.
    """
    dominators = [_ROOT] * len(graph)
    depths = [0] * len(graph)
    for task in graph.order:
        if not graph.upstream[task]:
            continue
        found, *others = graph.upstream[task]
        for other in others:
            found = _meeting(found, other, dominators, depths)
        dominators[task] = found
        depths[task] = depths[found] + 1 if found != _ROOT else 0
    return dominators


def as_dot(graph: Graph, name: str) -> Iterator[Line]:
    """Yield the DAG in Graphviz's language."""
    yield line(f"digraph {_dot_text(name)} {{")
    yield line("  rankdir=LR; node [shape=box];")
    for number, task in enumerate(graph.ids):
        yield line(f"  n{number} [label={_dot_text(task)}];")
    for before, after in _edges(graph):
        yield line(f"  n{before} -> n{after};")
    yield line("}")


def as_mermaid(graph: Graph) -> Iterator[Line]:
    """Yield the DAG as a Mermaid flowchart."""
    yield line("flowchart LR")
    for number, task in enumerate(graph.ids):
        label = sanitize(task).replace("#", "#35;").replace('"', "#quot;")
        yield line(f'  n{number}["{label}"]')
    for before, after in _edges(graph):
        yield line(f"  n{before} --> n{after}")


def _meeting(one: int, other: int, parents: list[int], depths: list[int]) -> int:
    """Return the lowest common ancestor of two tasks; -1 when they share none."""
    while one != other:
        if _ROOT in (one, other):
            return _ROOT
        if depths[one] < depths[other]:
            one, other = other, one
        one = parents[one]
    return one


def _joins(graph: Graph, task: int) -> Span:
    upstream = graph.upstream[task]
    if len(upstream) < 2:  # noqa: PLR2004 -- one is what the task stands below
        return Span("")
    names = [sanitize(graph.ids[before]) for before in upstream[:_MOST_NAMED]]
    more = len(upstream) - len(names)
    rest = f" and {more} more" if more else ""
    return Span(f"  ← {', '.join(names)}{rest}", Style.DIM)


def _edges(graph: Graph) -> Iterator[tuple[int, int]]:
    for task, upstream in enumerate(graph.upstream):
        for before in upstream:
            yield before, task


def _dot_text(text: str) -> str:
    escaped = sanitize(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

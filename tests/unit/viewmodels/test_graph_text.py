"""A DAG drawn as text says everything the DAG says."""

from leo_engine.graph.dag import Graph
from leo_tui.viewmodels.graph_text import (
    as_dot,
    as_mermaid,
    as_tree,
    immediate_dominators,
)
from leo_tui.viewmodels.spans import text_of


def graph(**upstream: str) -> Graph:
    """Make a graph of one-letter tasks: `graph(a="", b="a")`."""
    return Graph.build(list(upstream), [list(names) for names in upstream.values()])


def tree(drawn: Graph) -> list[str]:
    return [text_of(line) for line in as_tree(drawn)]


def test_a_join_stands_below_what_every_path_goes_through() -> None:
    diamond = graph(a="", b="a", c="a", d="bc", e="d")
    assert tree(diamond) == ["a", "├─ b", "├─ c", "└─ d  ← b, c", "   ↓ e"]


def test_a_join_of_separate_roots_stands_at_the_edge() -> None:
    assert tree(graph(a="", b="", c="ab")) == ["a", "b", "c  ← a, b"]


def test_a_chain_of_thousands_is_not_indented() -> None:
    names = [f"t{n}" for n in range(5_000)]
    chain = Graph.build(names, [[], *([name] for name in names[:-1])])
    assert tree(chain)[-1] == "↓ t4999"


def test_a_wide_join_names_some_and_counts_the_rest() -> None:
    names = [f"t{n}" for n in range(9)]
    wide = Graph.build(["r", *names, "end"], [[], *(["r"] for _ in names), names])
    assert tree(wide)[-1] == "└─ end  ← t0, t1, t2, t3 and 5 more"


def test_every_task_is_drawn_once() -> None:
    drawn = graph(a="", b="a", c="ab", d="bc", e="acd", f="")
    assert sorted(line.strip("├─└│↓ ")[0] for line in tree(drawn)) == list("abcdef")
    assert immediate_dominators(drawn) == [-1, 0, 0, 0, 0, -1]


def test_dot_and_mermaid_quote_names() -> None:
    drawn = Graph.build(['a"b\\', "c"], [[], ['a"b\\']])
    dot = [text_of(line) for line in as_dot(drawn, "etl")]
    assert '  n0 [label="a\\"b\\\\"];' in dot
    assert "  n0 -> n1;" in dot
    mermaid = [text_of(line) for line in as_mermaid(drawn)]
    assert mermaid[1] == '  n0["a#quot;b\\"]'
    assert "  n0 --> n1" in mermaid

"""`leo-tui graph`: a DAG as text, Graphviz or Mermaid."""

import click

from leo_tui.cli.commands import examples
from leo_tui.cli.completing import dag_names
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit
from leo_tui.viewmodels.graph_text import as_dot, as_mermaid, as_tree


@click.command(
    "graph",
    epilog=examples(
        "graph etl",
        "graph etl --format dot | dot -Tsvg > etl.svg",
        "graph etl --format mermaid",
    ),
)
@click.argument("dag", shell_complete=dag_names)
@click.option(
    "--format",
    "form",
    type=click.Choice(["ascii", "dot", "mermaid"]),
    default="ascii",
    show_default=True,
    help="For a terminal, for Graphviz, or for Mermaid.",
)
@json_option
@folder_option
@pass_invocation
def graph_command(
    invocation: Invocation, *, dag: str, form: str, as_json: bool
) -> None:
    """Draw a DAG as text, Graphviz or Mermaid.

    As text, a task stands below the one that everything before it has gone through;
    what else it waits for is named behind it.
    """
    with invocation.engine() as engine:
        loaded = engine.load(dag)
        graph = engine.graph(loaded.dag)
    if as_json:
        tasks = [
            {"task": task, "upstream": [graph.ids[n] for n in graph.upstream[number]]}
            for number, task in enumerate(graph.ids)
        ]
        emit(invocation.out, {"dag": loaded.dag.name, "tasks": tasks})
        return
    match form:
        case "dot":
            lines = as_dot(graph, loaded.dag.name)
        case "mermaid":
            lines = as_mermaid(graph)
        case _:
            lines = as_tree(graph)
    invocation.out.print(lines)

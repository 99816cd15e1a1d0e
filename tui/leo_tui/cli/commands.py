"""The table of commands: all that `leo-tui --help` has to know about them."""

from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command is, and what it does in one line."""

    module: str
    summary: str


SECTIONS: Mapping[str, Mapping[str, Entry]] = {
    "Run": {
        "batch": Entry(
            "batch", "Run DAGs with many sets of parameters, from one plan."
        ),
        "resume": Entry(
            "resume", "Go on with a run: only what has not succeeded runs."
        ),
        "retry": Entry("retry", "Run failed or named tasks of a run again."),
        "mark": Entry("mark", "Say that tasks are done with; go on with the run."),
        "cancel": Entry("requests", "Stop a run, or some of its tasks."),
        "pause": Entry("requests", "Start nothing more of a run until it is unpaused."),
        "unpause": Entry("requests", "Let a paused run go on."),
        "approve": Entry("requests", "Answer a task that waits for a person."),
    },
    "Look": {
        "watch": Entry("watch", "Follow a run to its end, whoever drives it."),
        "runs": Entry("runs", "List runs, newest first."),
        "batches": Entry(
            "batches", "List batches, newest first, or the entries of one."
        ),
        "show": Entry("show", "Show one run, task by task."),
        "logs": Entry("logs", "Print what the tasks of a run have written."),
        "diff": Entry("diff", "Compare two runs, task by task."),
        "export": Entry("export", "Write a run to a file, for the record or a report."),
        "verify": Entry("verify", "Audit a run: was every attempt started once?"),
    },
    "DAG files": {
        "init": Entry("init", "Write a commented DAG file that runs."),
        "validate": Entry("validate", "Check DAG files without running them."),
        "plan": Entry("plan", "Predict a run: makespan, critical path, who runs when."),
        "graph": Entry("graph", "Draw a DAG as text, Graphviz or Mermaid."),
        "schema": Entry("schema", "Print the JSON Schema of a DAG file, for editors."),
    },
    "Upkeep": {
        "doctor": Entry("doctor", "Check that everything a run needs is in order."),
        "audit": Entry(
            "audit", "List what leo-tui deleted or ended, and why; newest first."
        ),
        "gc": Entry("gc", "Remove old runs and their logs."),
        "completion": Entry("completion", "Print the completion script for a shell."),
    },
}

COMMANDS: Mapping[str, Entry] = {
    name: entry for section in SECTIONS.values() for name, entry in section.items()
}


def examples(*calls: str) -> str:
    """Return example calls as the last lines of a command's help."""
    lines = "\n".join(f"  leo-tui {call}".rstrip() for call in calls)
    return f"\b\nExamples:\n{lines}"

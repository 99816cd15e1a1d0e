"""What `resume --dry-run` and `retry --dry-run` print: keep or run, and why."""

from leo_engine.app.types import ResumeChoice, ResumePreview
from leo_tui.cli.json_output import emit, run_object
from leo_tui.headless.terminal import Terminal
from leo_tui.text.sanitize import sanitize
from leo_tui.text.table import table
from leo_tui.theme import Style
from leo_tui.viewmodels.run_part import part_notes
from leo_tui.viewmodels.spans import Line, Span, line


def show_preview(out: Terminal, preview: ResumePreview, *, as_json: bool) -> None:
    """Print every task with what would happen to it."""
    if as_json:
        body = {
            "run": run_object(preview.run),
            "params": preview.params,
            "tasks": [_object(choice) for choice in preview.choices],
        }
        emit(out, body)
    else:
        out.print(_lines(preview, out.columns))


def _lines(preview: ResumePreview, width: int | None) -> list[Line]:
    rows = [
        [_verb(choice), sanitize(choice.task), sanitize(choice.reason)]
        for choice in preview.choices
    ]
    body = table((), rows, width=width)
    lines = [
        line(Span(text, Style.DIM if choice.keeps else Style.PLAIN))
        for choice, text in zip(preview.choices, body, strict=True)
    ]
    again = sum(not choice.keeps for choice in preview.choices)
    kept = len(preview.choices) - again
    notes = part_notes(preview.run)
    return [*lines, *notes, line(f"{again} to run, {kept} kept")]


def _verb(choice: ResumeChoice) -> str:
    return "keep" if choice.keeps else "run"


def _object(choice: ResumeChoice) -> dict[str, object]:
    return {
        "task": choice.task,
        "action": _verb(choice),
        "reason": choice.reason,
    }

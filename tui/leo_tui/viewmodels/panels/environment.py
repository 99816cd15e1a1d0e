"""What a task finds in its environment, a line for each variable."""

from collections.abc import Sequence

from leo_engine.app.types import TaskEnvironment
from leo_tui.text.sanitize import sanitize, sanitize_output
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line


def environment_lines(found: TaskEnvironment) -> Sequence[Line]:
    """Return the variables, sanitised, each line of a longer value on its own."""
    rest = "and what it inherits from whoever runs it" if found.inherits else ""
    only = rest or "and nothing else: it inherits no variables"
    lines = [
        line(Span(f"{sanitize(found.task)}, attempt {found.attempt}", Style.BOLD)),
        (),
    ]
    for one in found.variables:
        first, *more = sanitize_output(one.value).split("\n")
        name = Span(sanitize(one.name), Style.ACCENT)
        lines.append(line(name, f"={first}", Span(f"   {one.origin}", Style.DIM)))
        lines += [line(text) for text in more]
    return [*lines, (), line(Span(only, Style.DIM))]

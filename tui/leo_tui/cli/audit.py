"""`leo-tui audit`: what was deleted or ended by leo-tui itself."""

import click

from leo_tui.cli.commands import examples
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit
from leo_tui.viewmodels.engine_lines import audit_line
from leo_tui.viewmodels.spans import line


@click.command("audit", epilog=examples("audit", "audit --limit 10 --json"))
@click.option(
    *("--limit", "-n"),
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="At most so many entries.",
)
@json_option
@folder_option
@pass_invocation
def audit_command(invocation: Invocation, *, limit: int, as_json: bool) -> None:
    """List what leo-tui deleted or ended, and why; newest first.

    Removed runs, freed staging, processes and containers that belonged to nobody.
    """
    with invocation.engine() as engine:
        entries = engine.audit(limit)
    if as_json:
        emit(invocation.out, {"entries": entries})
    elif entries:
        invocation.out.print([audit_line(entry) for entry in entries])
    else:
        invocation.out.print([line("nothing was deleted or ended")])

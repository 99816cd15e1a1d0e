"""`leo-tui verify`: audit a run from its journal."""

import click

from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit
from leo_tui.viewmodels.finding_lines import finding_lines
from leo_tui.viewmodels.spans import line


@click.command("verify", epilog=examples("verify latest"))
@click.argument("run", shell_complete=run_ids)
@json_option
@folder_option
@pass_invocation
def verify_command(invocation: Invocation, *, run: str, as_json: bool) -> int:
    """Audit a run: was every attempt started once?

    Replays the run's journal and compares it with what the store says. Exit code 1
    when something does not add up.
    """
    with invocation.engine() as engine:
        findings = engine.verify(run)
    if as_json:
        emit(invocation.out, {"findings": findings})
    elif findings:
        invocation.out.print(finding_lines(findings))
    else:
        invocation.out.print([line("nothing to object to")])
    return ExitCode.FAILED if findings else ExitCode.OK

"""`leo-tui doctor`: is everything here that a run needs?"""

import click

from leo_tui.cli.commands import examples
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit
from leo_tui.viewmodels.finding_lines import finding_lines, has_errors


@click.command("doctor", epilog=examples("doctor", "doctor --fix", "doctor --json"))
@click.option("--fix", is_flag=True, help="Repair what can be repaired safely.")
@json_option
@folder_option
@pass_invocation
def doctor_command(invocation: Invocation, *, fix: bool, as_json: bool) -> int:
    """Check that everything a run needs is in order.

    The store, the disk, the executors, runs that nobody owns any more. Exit code 5
    when something is wrong.
    """
    with invocation.engine() as engine:
        findings = engine.doctor(fix=fix)
    if as_json:
        emit(invocation.out, {"findings": findings})
    else:
        invocation.out.print(finding_lines(findings))
    return ExitCode.ENVIRONMENT if has_errors(findings) else ExitCode.OK

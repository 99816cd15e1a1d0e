"""`leo-tui completion`: the script that makes a shell's TAB know leo-tui."""

import os
from pathlib import PurePath

import click
from click.shell_completion import get_completion_class

from leo_tui.cli.commands import examples
from leo_tui.cli.invocation import Invocation, pass_invocation

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_LEO_TUI_COMPLETE"
"""By this variable the script and click recognise each other."""


@click.command(
    "completion",
    epilog=examples(
        "completion bash >> ~/.bashrc",
        "completion zsh >> ~/.zshrc",
        "completion fish > ~/.config/fish/completions/leo-tui.fish",
    ),
)
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@pass_invocation
def completion_command(invocation: Invocation, *, shell: str | None) -> None:
    """Print the completion script for a shell.

    It completes commands, options, DAG names, run ids and task names. Without SHELL,
    the one in $SHELL.
    """
    chosen = shell or PurePath(os.environ.get("SHELL", "")).name
    completer = get_completion_class(chosen)
    if chosen not in SHELLS or completer is None:
        raise click.UsageError(f"name a shell: {', '.join(SHELLS)}")
    script = completer(click.Command("leo-tui"), {}, "leo-tui", VARIABLE)
    # Not source(): it starts a bash to ask for its version.
    invocation.out.write(script.source_template % script.source_vars())

"""`leo-tui schema`: the JSON Schema of a DAG file."""

import click
import msgspec

from leo_tui.cli.commands import examples
from leo_tui.cli.invocation import Invocation, folder_option, pass_invocation


@click.command("schema", epilog=examples("schema > .leo-schema.json"))
@folder_option
@pass_invocation
def schema_command(invocation: Invocation) -> None:
    """Print the JSON Schema of a DAG file, for editors.

    In a TOML file, `#:schema ./.leo-schema.json` on the first line makes taplo use it;
    in a YAML file, `# yaml-language-server: $schema=./.leo-schema.json`.
    """
    with invocation.engine() as engine:
        encoded = msgspec.json.encode(engine.schema())
    invocation.out.write(f"{msgspec.json.format(encoded, indent=2).decode()}\n")

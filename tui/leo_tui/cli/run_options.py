"""Options that several commands which run something share."""

import click

from leo_engine.app import Strategy

slots_option = click.option(
    "-j",
    "--slots",
    type=click.IntRange(min=1),
    metavar="N",
    help="Tasks that may run at once. Default: the number of CPUs.",
)

strategy_option = click.option(
    "--strategy",
    type=click.Choice([str(strategy) for strategy in Strategy]),
    default=str(Strategy.STEALING),
    show_default=True,
    help="How ready tasks are given to slots.",
)

detach_option = click.option(
    "--detach", is_flag=True, help="In the background: this terminal may be closed."
)

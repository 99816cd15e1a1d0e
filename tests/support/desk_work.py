"""A desk that starts the DAG `work`: `python desk_work.py [MOVES]`.

With MOVES the file grows by a task that many times, and the run is moved there. Prints
why it could not be begun, and ends when the desk is idle.
"""

import asyncio
import sys
from pathlib import Path

from leo_engine.app import Engine, settings
from leo_engine.app.desk import Desk
from leo_engine.app.types import RunCommand
from leo_engine.errors import MoveRefusedError, RunBusyError
from leo_engine.ports import RunRow


async def work(moves: int) -> None:
    """Start the DAG and stay until it has ended."""
    with Engine(settings("dags", slots=4)) as engine:
        async with engine.desk(on_trouble=tell) as desk:
            loaded = engine.load("work")
            try:
                run = desk.start(RunCommand(dag=loaded))
            except RunBusyError as busy:
                tell("busy", busy)
            else:
                await grow(engine, desk, run, moves)
            await desk.idle()


async def grow(engine: Engine, desk: Desk, run: RunRow, moves: int) -> None:
    """Let the file grow, and move the run each time."""
    for number in range(moves):
        await asyncio.sleep(0.02)
        write_more(number)
        try:
            desk.move(run.run_id, engine.load("work"))
        except MoveRefusedError as refused:
            tell("refused", refused)


def write_more(number: int) -> None:
    """Have another task in the file, at the end of it."""
    path = Path("dags/work.toml")
    text, _, _ = path.read_text().partition("[tasks.more]")
    fresh = path.with_suffix(".new")
    fresh.write_text(f"{text}[tasks.more]\ncmd = 'true {number}'\n")
    # Whoever is killed here leaves a whole file behind.
    fresh.replace(path)


def tell(name: str, error: Exception) -> None:
    """Print what went wrong."""
    sys.stdout.write(f"{name}: {error}\n")


if __name__ == "__main__":
    asyncio.run(work(int(sys.argv[1]) if sys.argv[1:] else 0))

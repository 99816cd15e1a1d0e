"""What one process of leo-tui was told: DAG folder, slots, placement of tasks."""

import os
from enum import StrEnum
from pathlib import Path

import msgspec

from leo_engine.errors import ConfigError
from leo_engine.placement.placer import Strategy
from leo_engine.spec.model import ExecutorName


class Durability(StrEnum):
    """What a stored event survives."""

    PROCESS = "process"
    """The crash of any process."""
    POWER_LOSS = "power-loss"
    """The machine's as well: every commit is synced to the disk."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one process; paths are absolute."""

    folder: Path
    """The DAG folder."""
    state_folder: Path
    """`.leo` in it: database, logs, staging."""
    slots: int
    """Attempts that may run at once in this process."""
    strategy: Strategy = Strategy.STEALING
    durability: Durability = Durability.PROCESS
    executor: str = ""
    """Executor for every task that does not insist on another; empty: inferred."""
    lease_ms: int = 30_000
    """How long a run stays ours without a sign of life; one is given six times."""

    @property
    def record_folder(self) -> Path:
        """Where wardens write down what they start and how it ends."""
        return self.state_folder / "wardens"


def settings(
    folder: str | None = None,
    *,
    slots: int | None = None,
    strategy: Strategy = Strategy.STEALING,
    durability: Durability = Durability.PROCESS,
    executor: str = "",
) -> Settings:
    """Work out the settings: `folder`, else `dags/` if it is there, else where we are.

    Raises:
        ConfigError: the folder does not exist or cannot be entered; slots below 1.
    """
    chosen = (
        Path(folder) if folder else Path("dags") if Path("dags").is_dir() else Path()
    )
    if not chosen.is_dir():
        message = f"no such folder: {chosen}"
        raise ConfigError(message)
    if slots is not None and slots < 1:
        message = f"--slots must be at least 1, not {slots}"
        raise ConfigError(message)
    names = [name for name in ExecutorName if name is not ExecutorName.ENGINE]
    if executor and executor not in names:
        message = f"no executor {executor!r}: there are {', '.join(names)}"
        raise ConfigError(message)
    absolute = Path(os.path.realpath(chosen))
    return Settings(
        folder=absolute,
        state_folder=absolute / ".leo",
        slots=slots or len(os.sched_getaffinity(0)),
        strategy=strategy,
        durability=durability,
        executor=executor,
    )

"""The text by which a process of this machine is found again."""

from typing import NamedTuple, Self


class ProcessHandle(NamedTuple):
    """A process that a warden started."""

    record: str
    """Name of the warden's record: `boot-pid-start` of the warden itself."""
    number: int
    """Which attempt of that record."""
    pid: int
    """Its session and its process group have the same number."""
    start: int
    """Clock ticks from boot to its start: with the pid, its identity."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what a stored handle stands for.

        Raises:
            ValueError: it is not a handle of a process.
        """
        record, number, pid, start = text.split(":")
        return cls(record, int(number), int(pid), int(start))

    def __str__(self) -> str:
        return f"{self.record}:{self.number}:{self.pid}:{self.start}"

    @property
    def boot(self) -> str:
        """The boot of the machine it belongs to."""
        return self.record.partition("-")[0]

    @property
    def warden(self) -> tuple[int, int]:
        """Pid and start of its warden."""
        _, pid, start = self.record.split("-")
        return int(pid), int(start)

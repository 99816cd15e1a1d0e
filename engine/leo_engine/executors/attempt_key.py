"""The name of an attempt, as records and the environments of processes hold it."""

import os
from typing import NamedTuple


class AttemptKey(NamedTuple):
    """Which attempt of which task of which run."""

    run_id: str
    task: str
    attempt: int

    def encode(self) -> str:
        """Return one line of ASCII, free of tabs."""
        text = f"{self.run_id} {self.attempt} {self.task}"
        return text.encode("unicode_escape").decode()

    @property
    def marks(self) -> frozenset[bytes]:
        """The variables by which its processes are known, as `NAME=value`."""
        return frozenset(
            os.fsencode(f"LEO_{name}={value}")
            for name, value in (
                ("RUN_ID", self.run_id),
                ("TASK", self.task),
                ("ATTEMPT", self.attempt),
            )
        )

    @classmethod
    def of_environment(cls, variables: bytes) -> "AttemptKey | None":
        """Return whose process began with these `NAME=value`, a NUL after each.

        None when they do not say.
        """
        if b"LEO_RUN_ID=" not in variables:
            return None
        values: dict[bytes, bytes] = {}
        for variable in variables.split(b"\0"):
            name, _, values[name] = variable.partition(b"=")
        run_id, task = values.get(b"LEO_RUN_ID"), values.get(b"LEO_TASK")
        attempt = values.get(b"LEO_ATTEMPT", b"")
        if run_id is None or task is None or not attempt.isdigit():
            return None
        return cls(os.fsdecode(run_id), os.fsdecode(task), int(attempt))

    @classmethod
    def decode(cls, line: str) -> "AttemptKey":
        """Return what `encode` was given."""
        text = line.encode().decode("unicode_escape")
        run_id, attempt, task = text.split(" ", 2)
        return cls(run_id, task, int(attempt))

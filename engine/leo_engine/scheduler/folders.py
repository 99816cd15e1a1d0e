"""Where a run lives on disk."""

from pathlib import Path

import msgspec

from leo_engine.ids import path_segment


class RunFolders(msgspec.Struct, frozen=True):
    """The folders of one run; absolute paths."""

    dag_folder: str
    """Folder of the DAG file: where tasks run unless they say otherwise."""
    run_folder: str
    """Logs and outputs of the attempts."""
    staging: str
    """Folder that the run's tasks share."""

    @classmethod
    def within(cls, folder: Path, state: Path, file: str, run_id: str) -> "RunFolders":
        """Return where a run of `file`, a path in `folder`, lives; makes nothing."""
        return cls(
            dag_folder=str((folder / file).parent),
            run_folder=str(state / "runs" / run_id),
            staging=str(state / "staging" / run_id),
        )

    def attempt(self, task_id: str, attempt: int, suffix: str) -> str:
        """Return the path of one file of an attempt; see the suffixes below."""
        return f"{self.run_folder}/{path_segment(task_id)}/{attempt}{suffix}"


LOG = ".log"
"""Output of the attempt; only stderr when stdout is kept apart."""
STDOUT = ".out.log"
"""Stdout of an attempt whose task registers its last line."""
OUTPUT = ".output"
"""What `$LEO_OUTPUT` names."""
INPUTS = ".inputs.json"
"""What `$LEO_INPUTS` names."""
CALL = ".call.json"
"""What a python task is called with."""

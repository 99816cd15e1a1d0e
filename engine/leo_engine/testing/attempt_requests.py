"""Requests for attempts, with everything a test does not care about filled in."""

from collections.abc import Mapping
from pathlib import Path

from leo_engine.ports import AttemptRequest
from leo_engine.spec.model import Action, Argv, Shell


def run_of(folder: Path) -> str:
    """Return the id of the run whose attempts work in `folder`.

    Each test has its own: whoever stops an attempt kills all that carries its marks.
    """
    return f"run-in-{folder}"


def attempt_request(  # noqa: PLR0913 - all but the first two are seldom given
    folder: Path,
    command: str | tuple[str, ...],
    *,
    task: str = "task",
    attempt: int = 1,
    env: Mapping[str, str] | None = None,
    clean_env: bool = False,
    working_dir: str = "",
    start_by_ms: int = 0,
    log_max_bytes: int | None = None,
) -> AttemptRequest:
    """Return a request that works and logs in `folder`.

    A string is a shell script, a tuple an argv. The log is `folder/logs/TASK/N.log`.
    """
    action: Action = Shell(command) if isinstance(command, str) else Argv(command)
    run_id = run_of(folder)
    marks = {"LEO_RUN_ID": run_id, "LEO_TASK": task, "LEO_ATTEMPT": str(attempt)}
    return AttemptRequest(
        run_id=run_id,
        dag="dag",
        task=task,
        attempt=attempt,
        action=action,
        env={**marks, **(env or {})},
        clean_env=clean_env,
        working_dir=working_dir or str(folder),
        start_by_ms=start_by_ms,
        log_max_bytes=log_max_bytes,
        log_path=str(folder / "logs" / task / f"{attempt}.log"),
    )

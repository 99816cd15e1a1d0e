"""Requests of HTTP tasks without a run around them, and where they leave things."""

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path

import msgspec

from leo_engine.clock import SystemClock
from leo_engine.executors.http_hosts import HostRules
from leo_engine.executors.http_request import HttpRequests
from leo_engine.ports import AttemptRequest
from leo_engine.spec.model import HttpCall
from leo_engine.state.outcome import Failed, Outcome


class Pauses:
    """Notes every pause, and waits for none."""

    def __init__(self) -> None:
        self.ms: list[int] = []

    async def __call__(self, delay_ms: int) -> None:
        """Let it pass at once."""
        self.ms.append(delay_ms)
        await asyncio.sleep(0)


def executor_in(
    folder: Path, pauses: Pauses, rules: list[HostRules] | None = None
) -> HttpRequests:
    """Return an executor that keeps records in `folder`; the last rules hold."""
    return HttpRequests(
        runs_folder=folder / "runs",
        clock=SystemClock(),
        rules=lambda: rules[-1] if rules else HostRules(),
        sleep=pauses,
        chance=random.Random(7),
    )


def asking(
    folder: Path, options: Mapping[str, object], *, task: str = "ask", **more: object
) -> AttemptRequest:
    """Return the first attempt of a task with this `http` table."""
    place = folder / "runs" / "run" / task
    fields: dict[str, object] = {
        "run_id": "run",
        "dag": "dag",
        "task": task,
        "attempt": 1,
        "action": HttpCall(msgspec.Raw(msgspec.json.encode(options))),
        "env": {"LEO_OUTPUT": str(place / "1.output")},
        "working_dir": str(folder),
        "log_path": str(place / "1.log"),
    }
    return AttemptRequest(**fields | more)  # type: ignore[arg-type]


async def outcome(requests: HttpRequests, request: AttemptRequest) -> Outcome:
    """Have a request made, and return how it ended."""
    return await requests.wait(await requests.start(request))


async def reason(requests: HttpRequests, request: AttemptRequest) -> str:
    """Return why a request failed."""
    ended = await outcome(requests, request)
    assert isinstance(ended, Failed), ended
    return ended.reason


def log_of(folder: Path, task: str = "ask") -> str:
    """Return what the log of an attempt says."""
    return (folder / "runs" / "run" / task / "1.log").read_text()


def output_of(folder: Path, task: str = "ask") -> object:
    """Return what an attempt hands on; None when nothing."""
    path = folder / "runs" / "run" / task / "1.output"
    return msgspec.json.decode(path.read_bytes()) if path.exists() else None

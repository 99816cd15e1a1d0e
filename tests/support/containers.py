"""Attempts in containers, with everything a test does not care about filled in."""

import asyncio
import time
from pathlib import Path

import msgspec

from docker_daemon import IMAGE, Daemon
from leo_engine.clock import SystemClock
from leo_engine.executors.docker_container import DockerContainers
from leo_engine.ports import AttemptRequest
from leo_engine.state.outcome import Outcome
from leo_engine.testing.attempt_requests import attempt_request, run_of


def containers_of(folder: Path, daemon: Daemon) -> DockerContainers:
    """Return an executor whose containers belong to `folder`."""
    return DockerContainers(
        folder=str(folder), clock=SystemClock(), environ={"DOCKER_HOST": daemon.url}
    )


class Containers:
    """One executor after the other over the containers of one folder."""

    def __init__(self, folder: Path, daemon: Daemon) -> None:
        self.folder = folder
        self.daemon = daemon
        self.executor = containers_of(folder, daemon)

    def request(  # noqa: PLR0913 -- all but the command are seldom given
        self,
        command: str | tuple[str, ...],
        *,
        task: str = "task",
        attempt: int = 1,
        env: dict[str, str] | None = None,
        working_dir: str = "",
        image: str = IMAGE,
        is_apart: bool = False,
        log_max_bytes: int | None = None,
        start_by_ms: int = 0,
        **docker: object,
    ) -> AttemptRequest:
        """Return a request; `docker` is the table, no network unless it says so.

        `is_apart`: stdout goes to a file of its own.
        """
        plain = attempt_request(
            self.folder,
            command,
            task=task,
            attempt=attempt,
            env=env,
            start_by_ms=start_by_ms,
            log_max_bytes=log_max_bytes,
        )
        return msgspec.structs.replace(
            plain,
            working_dir=working_dir,
            container={"image": image, "docker": {"network": "none", **docker}},
            dag_folder=str(self.folder),
            stdout_path=plain.log_path.replace(".log", ".out.log") if is_apart else "",
        )

    async def run(self, request: AttemptRequest) -> Outcome:
        """Return how an attempt ends."""
        return await self.executor.wait(await self.executor.start(request))

    async def ended(
        self, command: str | tuple[str, ...], **given: object
    ) -> tuple[Outcome, str]:
        """Return how a command ends, and its log."""
        request = self.request(command, **given)  # type: ignore[arg-type]
        outcome = await self.run(request)
        return outcome, written(request.log_path)

    async def replaced(self) -> None:
        """Have another executor take over, as after the end of an engine."""
        await self.executor.aclose()
        self.executor = containers_of(self.folder, self.daemon)

    def names(self) -> list[str]:
        """Return the names of all containers of the folder, running or not."""
        with self.daemon.client() as client:
            wanted = {"label": [f"leo.run={run_of(self.folder)}"]}
            found = client.containers(all=True, filters=wanted)
        return sorted(one["Names"][0].lstrip("/") for one in found)


def written(path: str | Path) -> str:
    """Return what a file holds; nothing when it is not there."""
    file = Path(path)
    return file.read_text(errors="replace") if file.exists() else ""


async def until_written(path: str | Path, text: str, patience_s: float = 15) -> None:
    """Return once a file holds a text."""
    deadline = time.perf_counter() + patience_s
    while text not in written(path):
        assert time.perf_counter() < deadline, f"{path} never held {text!r}"
        await asyncio.sleep(0.01)

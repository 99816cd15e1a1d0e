"""Another engine, in a process of its own that can be killed, and looking at it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ENGINE = """
import asyncio, json, os, sys
from pathlib import Path
from leo_engine.executors.warden_link import spawn_warden
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.testing.attempt_requests import attempt_request

async def main():
    folder = Path(sys.argv[1])
    executor = LocalProcesses(
        record_folder=folder / "records",
        base_env={"PATH": "/usr/bin:/bin"},
        warden=warden,
    )
    for number, script in enumerate(scripts, start=1):
        request = attempt_request(
            folder, script, attempt=number, log_max_bytes=log_max_bytes
        )
        print(await executor.start(request), flush=True)
    await asyncio.sleep(600)

scripts, log_max_bytes, forks = json.loads(sys.argv[2])
warden = None
if forks:
    warden = spawn_warden(sys.argv[1] + "/records")
    while not any(Path(sys.argv[1]).glob("records/*")):
        pass
    if os.fork():
        os._exit(0)
asyncio.run(main())
"""
"""An engine that starts the scripts it is given, says their handles, and stays."""


class OtherEngine:
    """Another engine, in a process of its own, that can be killed."""

    def __init__(
        self,
        folder: Path,
        *scripts: str,
        answers: int | None = None,
        log_max_bytes: int = 0,
        forks: bool = False,
    ) -> None:
        """Start one that works in `folder`; wait for its first `answers` handles.

        When it `forks`, it does so after its warden has begun, as `--detach` does.
        """
        settings = json.dumps([scripts, log_max_bytes, forks])
        handles, answer = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", ENGINE, str(folder), settings],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=answer,
        )
        os.close(answer)
        with os.fdopen(handles) as lines:
            awaited = zip(scripts[:answers], lines, strict=False)
            self.handles = [line.strip() for _, line in awaited]

    def stop(self) -> None:
        """Hold it up, and return once it is."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def kill(self) -> None:
        """Kill -9."""
        self._process.kill()
        self._process.wait()


def until(name: str, then: str) -> str:
    """Return a script that waits for a file."""
    return f"while ! [ -e {name} ]; do sleep 0.005; done; {then}"


def kill_survivors(folder: Path) -> None:
    """KILL whatever the records of a folder say was started and still lives."""
    for record in (folder / "records").glob("*"):
        for line in record.read_text().splitlines():
            fields = line.split("\t")
            if fields[0] == "S" and is_alive(int(fields[3])):
                os.killpg(int(fields[3]), signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Return whether a process has not ended, be it reaped or not."""
    try:
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def wait_until(holds: Callable[[], object]) -> None:
    """Return when it holds."""
    while not holds():
        time.sleep(0.002)

"""A DAG folder in which the command line is called, as users and scripts call it."""

import json
import os
import subprocess
from pathlib import Path

from leo_command import ENVIRON, LEO


class CalledFolder:
    """A DAG folder and what is called in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engines: list[subprocess.Popen[bytes]] = []

    def write(self, text: str, name: str = "etl.toml") -> None:
        """Write a file of the folder, and the folders on the way."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def leo(self, *arguments: str, **environ: str) -> tuple[int, str]:
        """Return the exit code and all that a call has printed."""
        done = subprocess.run(
            [*LEO, *arguments],
            cwd=self.path,
            env={**ENVIRON, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a call and return it."""
        engine = subprocess.Popen(
            [*LEO, *arguments],
            cwd=self.path,
            env=ENVIRON,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._engines.append(engine)
        return engine

    def make_fifos(self) -> None:
        """Make what a task waits at."""
        for name in ("up.fifo", "go.fifo"):
            os.mkfifo(self.path / name)

    def task_is_up(self) -> str:
        """Return what the waiting task has to say, once it runs."""
        return (self.path / "up.fifo").read_text()

    def let_go(self, word: str = "go") -> None:
        """Let the waiting task go on."""
        (self.path / "go.fifo").write_text(f"{word}\n")

    def runs(self) -> list[str]:
        """Return the ids of all runs, the newest first."""
        listed = json.loads(self.leo("runs", "--json")[1])
        return [row["run_id"] for row in listed["runs"]]

    def outputs(self, run: str = "latest") -> dict[str, object]:
        """Return {task: output} of a run."""
        code, text = self.leo("export", run)
        assert code == 0, text
        rows = json.loads(text)["outputs"]
        return {row["task"]: row["output"] for row in rows}

    def log(self, task: str, attempt: int = 1) -> str:
        """Return the log of an attempt of the newest run."""
        run = max((self.path / ".leo" / "runs").iterdir())
        return (run / task / f"{attempt}.log").read_text(encoding="utf-8")

    def close(self) -> None:
        """End whatever still runs."""
        for engine in self._engines:
            with engine:
                engine.kill()

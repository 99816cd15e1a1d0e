"""`leo-tui batch` and `batches`, as users and scripts call them."""

import fcntl
import json
import os
import pty
import shlex
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings

ROOT = Path(__file__).parents[2]
ENVIRON = {
    **{name: text for name, text in os.environ.items() if name != "NO_COLOR"},
    "PYTHONPATH": f"{ROOT / 'tui'}:{ROOT / 'engine'}",
    "TERM": "xterm",
}
LEO = [sys.executable, "-m", "leo_tui"]
DAG = """
max_active_runs = 100
[params]
n = 1
hold = 100
[tasks.note]
cmd = '''
echo {{ n }} >> ledger
if [ {{ n }} -gt {{ hold }} ]; then
  echo up > up.fifo
  until test -e open || test $((i += 1)) -gt 1000; do sleep 0.02; done
fi
test ! -e bad-{{ n }}
'''
"""
"""Writes its number down; above `hold`, it says so and waits for a file `open`,
though not for ever: a test that fails must leave nothing behind."""


class _Folder:
    """A folder with a DAG and a plan."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "dags").mkdir()
        (path / "dags" / "etl.toml").write_text(DAG)
        os.mkfifo(path / "dags" / "up.fifo")
        # Open for both, so that neither the tasks nor the test wait for the other.
        self._up = os.open(path / "dags" / "up.fifo", os.O_RDWR)

    def close(self) -> None:
        os.close(self._up)

    def plan(self, count: int, hold: int = 100) -> None:
        """Plan `count` runs, those above the number `hold` wait to be let go."""
        numbers = list(range(1, count + 1))
        text = (
            f'[[runs]]\ndag = "etl"\nparams = {{ hold = {hold} }}\n'
            f"matrix = {{ n = {numbers} }}\n"
        )
        (self.path / "night.toml").write_text(text)

    def leo(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [*LEO, *arguments],
            cwd=self.path,
            env=ENVIRON,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*LEO, "batch", "night.toml", *arguments],
            cwd=self.path,
            env=ENVIRON,
            stdout=subprocess.PIPE,
            text=True,
        )

    def until_held(self, count: int) -> None:
        """Return once as many runs wait to be let go."""
        told = b""
        while told.count(b"\n") < count:
            told += os.read(self._up, 100)

    def let_go(self) -> None:
        (self.path / "dags" / "open").touch()

    @property
    def ledger(self) -> list[int]:
        return sorted(map(int, (self.path / "dags" / "ledger").read_text().split()))

    def actions(self) -> dict[int, str]:
        """Return what a dry run says: {position: action}."""
        body = json.loads(self.leo("batch", "night.toml", "--dry-run", "--json").stdout)
        return {one["position"]: one["action"] for one in body["entries"]}

    def entries(self) -> list[dict[str, object]]:
        body = json.loads(self.leo("batches", "last", "--json").stdout)
        entries: list[dict[str, object]] = body["entries"]
        return entries


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[_Folder]:
    made = _Folder(tmp_path)
    yield made
    made.close()


def test_a_batch_says_how_each_entry_ended_and_what_is_left_to_do(
    folder: _Folder,
) -> None:
    folder.plan(3)
    (folder.path / "dags" / "bad-2").touch()
    done = folder.leo("batch", "night.toml", "-j", "1")
    assert done.returncode == 1
    first, one, two, three, sums, look, go_on = done.stdout.splitlines()
    assert first.startswith("▸ night  3 runs  batch ")
    assert one.startswith("✓ 1  etl n=1  ")
    assert two.startswith("✗ 2  etl n=2  failed  ")
    assert "  note: exit 1  run " in two
    assert three.startswith("✓ 3  etl n=3  ")
    assert sums.startswith("✗ night  3 runs: 2 ok, 1 failed  ")
    (folder.path / "dags" / "bad-2").unlink()
    again = folder.leo(*shlex.split(go_on)[4:])
    assert again.returncode == 0
    assert "↷ 1  etl n=1  succeeded already in run " in again.stdout
    assert "3 runs: 1 ok, 2 skipped" in again.stdout
    assert folder.ledger == [1, 2, 2, 3]
    # The first batch shows its run as it is now.
    shown = folder.leo(*shlex.split(look)[4:])
    assert "3 runs: 3 succeeded" in shown.stdout


def test_batches_are_listed_newest_first(folder: _Folder) -> None:
    assert folder.leo("batches").stderr == "no batches\n"
    assert folder.leo("batches", "last").returncode == 4
    folder.plan(2)
    folder.leo("batch", "night.toml")
    folder.leo("batch", "night.toml")
    _, newest, oldest = folder.leo("batches").stdout.splitlines()
    assert "2 skipped" in newest
    assert "2 succeeded" in oldest
    body = json.loads(folder.leo("batches", "--json").stdout)
    assert [one["counts"] for one in body["batches"]] == [
        {"skipped": 2},
        {"succeeded": 2},
    ]
    assert len({one["plan_hash"] for one in body["batches"]}) == 1
    assert folder.leo("batches", "nonsense").returncode == 4


def test_programs_get_a_line_for_what_happens(folder: _Folder) -> None:
    folder.plan(2)
    done = folder.leo("batch", "night.toml", "-j", "1", "--json")
    lines = [json.loads(text) for text in done.stdout.splitlines()]
    assert [text["kind"] for text in lines] == [
        "batch_begun",
        "entry_begun",
        "entry_ended",
        "entry_begun",
        "entry_ended",
        "batch_ended",
    ]
    assert {text["version"] for text in lines} == {1}
    assert len({text["batch_id"] for text in lines}) == 1
    assert [text["status"] for text in lines if "status" in text] == ["succeeded"] * 2
    assert (lines[-1]["succeeded"], lines[-1]["not_run"]) == (2, 0)
    assert done.stderr == ""


def test_a_dry_run_starts_and_stores_nothing(folder: _Folder) -> None:
    folder.plan(2)
    done = folder.leo("batch", "night.toml", "--dry-run")
    assert done.stdout.splitlines() == [
        "    1  create  etl n=1  has not run yet",
        "    2  create  etl n=2  has not run yet",
    ]
    assert not (folder.path / "dags" / ".leo").exists()


def test_a_plan_with_problems_starts_nothing_and_tells_all_of_them(
    folder: _Folder,
) -> None:
    (folder.path / "night.toml").write_text(
        '[[runs]]\ndag = "elt"\n[[runs]]\ndag = "etl"\nparams = { n = "one" }\n'
    )
    done = folder.leo("batch", "night.toml")
    assert done.returncode == 2
    assert "night.toml:2:7: no DAG 'elt' here" in done.stderr
    assert "did you mean 'etl'?" in done.stderr
    assert "night.toml:5:16: 'n' must be a whole number" in done.stderr
    assert not (folder.path / "dags" / ".leo").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--once", "./night.toml"],
        ["plan", "./night.toml"],
        ["graph", "./night.toml"],
        ["validate", "./night.toml"],
    ],
)
def test_a_plan_taken_for_a_dag_is_told_what_it_is(
    folder: _Folder, arguments: list[str]
) -> None:
    folder.plan(2)
    done = folder.leo(*arguments)
    assert done.returncode == 2
    told = done.stdout + done.stderr
    assert "night.toml:1:1: this is a plan of runs, not a DAG" in told
    assert "leo-tui batch " in told


def test_a_dag_taken_for_a_plan_is_told_what_it_is(folder: _Folder) -> None:
    done = folder.leo("batch", "dags/etl.toml")
    assert done.returncode == 2
    assert "this is a DAG, not a plan of runs" in done.stderr
    assert "leo-tui --once dags/etl.toml" in done.stderr


def test_killed_and_started_again_it_does_only_what_is_left(folder: _Folder) -> None:
    folder.plan(6, hold=2)
    with folder.begin("-j", "2") as running:
        folder.until_held(2)
        running.kill()
    assert folder.ledger == [1, 2, 3, 4]
    assert folder.actions() == dict(
        enumerate(["skip", "skip", "adopt", "adopt", "create", "create"], 1)
    )
    folder.let_go()
    done = folder.leo("batch", "night.toml", "-j", "2")
    assert done.returncode == 0
    assert folder.ledger == [1, 2, 3, 4, 5, 6]
    runs = {str(entry["run_id"]) for entry in folder.entries()}
    assert len(runs) == 6
    with Engine(settings(str(folder.path / "dags"))) as engine:
        assert [finding for run in runs for finding in engine.verify(run)] == []


def test_ctrl_c_stops_what_runs_and_begins_nothing_more(folder: _Folder) -> None:
    folder.plan(5, hold=1)
    with folder.begin("-j", "2") as running:
        folder.until_held(2)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=15)
    assert running.returncode == 130
    assert "stopping" in out
    assert "5 runs: 1 ok, 2 failed, 2 not run" in out
    assert "to go on: leo-tui batch night.toml" in out
    assert [entry["status"] for entry in folder.entries()] == [
        "succeeded",
        "cancelled",
        "cancelled",
        "not run",
        "not run",
    ]


def test_a_hang_up_leaves_what_runs_to_the_next_batch(folder: _Folder) -> None:
    folder.plan(3, hold=1)
    with folder.begin("-j", "2") as running:
        folder.until_held(2)
        running.send_signal(signal.SIGHUP)
        running.communicate(timeout=15)
    assert running.returncode == 130
    statuses = [entry["status"] for entry in folder.entries()]
    assert statuses == ["succeeded", "interrupted", "interrupted"]
    folder.let_go()
    assert folder.leo("batch", "night.toml").returncode == 0
    assert folder.ledger == [1, 2, 3]


def test_two_processes_with_one_plan_make_one_run_for_each_entry(
    folder: _Folder,
) -> None:
    folder.plan(25)
    with folder.begin("-j", "2") as one, folder.begin("-j", "2") as other:
        outs = [process.communicate(timeout=15)[0] for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0]
    assert folder.ledger == list(range(1, 26))
    assert all(out.splitlines()[-1].startswith("✓ night  25 runs") for out in outs)


def test_two_processes_go_on_with_each_failed_run_once(folder: _Folder) -> None:
    folder.plan(25)
    bad = [folder.path / "dags" / f"bad-{number}" for number in range(1, 26)]
    for path in bad:
        path.touch()
    assert folder.leo("batch", "night.toml").returncode == 1
    for path in bad:
        path.unlink()
    with folder.begin("-j", "2") as one, folder.begin("-j", "2") as other:
        for process in (one, other):
            process.communicate(timeout=15)
    assert [one.returncode, other.returncode] == [0, 0]
    assert folder.ledger == sorted(2 * list(range(1, 26)))


def test_a_run_whose_engine_dies_while_it_is_followed_is_taken_over(
    folder: _Folder,
) -> None:
    folder.plan(1, hold=0)
    with folder.begin() as owner:
        folder.until_held(1)
        with folder.begin("--json") as other:
            begun = _line_about("entry_begun", other)
            assert begun["action"] == "follow"
            owner.kill()
            begun = _line_about("entry_begun", other)
            assert begun["action"] == "adopt"
            folder.let_go()
            other.communicate(timeout=15)
    assert other.returncode == 0
    assert folder.ledger == [1]


def test_a_dag_is_no_longer_busy_when_the_engine_that_ran_it_dies(
    folder: _Folder,
) -> None:
    dag = folder.path / "dags" / "etl.toml"
    dag.write_text(DAG.replace("max_active_runs = 100", "max_active_runs = 1"))
    folder.plan(1, hold=0)
    with folder.begin() as owner:
        folder.until_held(1)
        folder.plan(1, hold=5)
        with folder.begin("--json") as other:
            waits = _line_about("entry_waits", other)
            assert "is under way" in str(waits["reason"])
            owner.kill()
            other.communicate(timeout=15)
    assert other.returncode == 0
    assert folder.ledger == [1, 1]
    folder.let_go()


def _line_about(kind: str, running: "subprocess.Popen[str]") -> dict[str, object]:
    """Return the next line of a batch that says so."""
    assert running.stdout is not None
    while True:
        line: dict[str, object] = json.loads(running.stdout.readline())
        if line["kind"] == kind:
            return line


def test_on_a_terminal_there_is_one_block_and_failures_scroll_by(
    folder: _Folder,
) -> None:
    folder.plan(8, hold=7)
    (folder.path / "dags" / "bad-2").touch()
    reading, writing = pty.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 70, 0, 0))
    with subprocess.Popen(
        [*LEO, "batch", "night.toml", "-j", "1", "--no-color"],
        cwd=folder.path,
        env=ENVIRON,
        stdin=writing,
        stdout=writing,
        start_new_session=True,
    ) as running:
        os.close(writing)
        text = ""
        while "▸ etl n=8  0/1" not in text:
            text += os.read(reading, 1 << 16).decode()
        folder.let_go()
        try:
            while piece := os.read(reading, 1 << 16):
                text += piece.decode()
        except OSError:
            pass  # So a pseudo-terminal says that nobody writes any more.
        os.close(reading)
    assert running.returncode == 1
    assert "✗ 2  etl n=2  failed" in text
    assert "✓ 1  etl n=1" not in text
    assert "✓ 6  ▸ 1  ✗ 1" in text
    assert "night  8 runs: 7 ok, 1 failed" in text
    assert text.rstrip().endswith("\x1b[?25h")

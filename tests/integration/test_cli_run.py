"""`--once` and what goes on from there, as users and scripts call it."""

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from leo_command import ENVIRON, LEO

FLAKY = """
[params]
word = "hello"

[tasks.good]
cmd = "echo {{ word }} >> good.txt"

[tasks.bad]
depends_on = ["good"]
cmd = "echo trying; echo reason >&2; test -e fixed"

[tasks.after]
depends_on = ["bad"]
cmd = "echo after >> after.txt"
"""


class _Result:
    """What one call of the command line did."""

    def __init__(self, done: "subprocess.CompletedProcess[str]") -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def json(self) -> dict[str, object]:
        """Return the one JSON object on standard output."""
        body: dict[str, object] = json.loads(self.out)
        return body


def leo(folder: Path, *arguments: str) -> _Result:
    done = subprocess.run(
        [*LEO, *arguments],
        cwd=folder,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return _Result(done)


def write_dag(folder: Path, text: str, name: str = "etl") -> None:
    (folder / f"{name}.toml").write_text(text)


def test_a_run_that_succeeds_ends_with_0_and_says_so(tmp_path: Path) -> None:
    write_dag(tmp_path, '[tasks.a]\ncmd = "true"\n')
    result = leo(tmp_path, "--once")
    assert result.code == 0
    first, settled, summary = result.out.splitlines()
    assert first.startswith("▸ etl  1 task  run ")
    assert settled.startswith("✓ a  ")
    assert summary.startswith("✓ etl  succeeded  1 task: 1 ok")


def test_a_failure_shows_why_and_the_printed_command_goes_on(tmp_path: Path) -> None:
    dags = tmp_path / "my dags"
    dags.mkdir()
    write_dag(dags, FLAKY)
    result = leo(tmp_path, "-C", "my dags", "--once", "etl", "-p", "word=hi")
    assert result.code == 1
    assert "│ trying\n│ reason\n" in result.out
    command = result.out.splitlines()[-1].removeprefix("  to go on: ")
    (dags / "fixed").touch()
    program, *arguments = shlex.split(command)
    assert program == "leo-tui"
    again = leo(tmp_path, *arguments)
    assert again.code == 0
    assert (dags / "good.txt").read_text() == "hi\n"
    assert (dags / "after.txt").read_text() == "after\n"


def test_a_dag_named_like_a_command_can_be_run(tmp_path: Path) -> None:
    write_dag(tmp_path, '[tasks.a]\ncmd = "true"\n', "plan")
    assert leo(tmp_path, "--once", "plan").code == 0
    assert leo(tmp_path, "--once", "./plan.toml").code == 0


def test_options_and_names_come_in_any_order(tmp_path: Path) -> None:
    write_dag(tmp_path, '[params]\nx = "0"\n[tasks.a]\ncmd = "echo {{ x }}"\n', "one")
    write_dag(tmp_path, '[tasks.a]\ncmd = "true"\n', "two")
    assert leo(tmp_path, "--once", "one", "two", "-p", "x=1").code == 0
    assert leo(tmp_path, "--once", "-p", "x=1", "one").code == 0
    assert leo(tmp_path, "-j", "2", "--once").code == 0
    refused = leo(tmp_path, "--once", "-p", "y=1")
    assert (refused.code, "'y'" in refused.err) == (2, True)


def test_output_is_printed_below_its_task_when_asked_for(tmp_path: Path) -> None:
    write_dag(tmp_path, "[tasks.a]\ncmd = \"printf '\\\\033[31mred\\\\n'\"\n")
    result = leo(tmp_path, "--once", "--print-output")
    assert "\n│ red\n" in result.out
    assert "\x1b" not in result.out


def test_a_busy_dag_is_told_beside_the_summary_of_the_others(tmp_path: Path) -> None:
    write_dag(tmp_path, '[params]\nx = "0"\n[tasks.a]\ncmd = "read x < hold"\n', "one")
    write_dag(tmp_path, '[tasks.a]\ncmd = "true"\n', "two")
    os.mkfifo(tmp_path / "hold")
    leo(tmp_path, "--once", "one", "--detach")
    both = leo(tmp_path, "--once", "one", "two", "-p", "x=1")
    (tmp_path / "hold").write_text("go\n")
    assert both.code == 3
    assert "of 'one' is under way" in both.out
    assert "✓ two  succeeded" in both.out
    assert leo(tmp_path, "watch", "latest").code == 0


def test_events_are_json_lines_and_people_read_standard_error(tmp_path: Path) -> None:
    write_dag(tmp_path, FLAKY)
    result = leo(tmp_path, "--once", "--json")
    assert result.code == 1
    lines = [json.loads(text) for text in result.out.splitlines()]
    assert (lines[0]["kind"], lines[-1]["kind"]) == ("run_created", "run_ended")
    assert [text["seq"] for text in lines[1:-1]] == list(range(1, len(lines) - 1))
    assert {text["version"] for text in lines} == {1}
    assert lines[-1]["status"] == "failed"
    assert "to go on: leo-tui resume" in result.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_and_says_how_to_go_on(
    number: signal.Signals, tmp_path: Path
) -> None:
    write_dag(tmp_path, '[tasks.a]\ncmd = "echo up > up.fifo; exec sleep 60"\n')
    fifo = tmp_path / "up.fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(
        [*LEO, "--once"], cwd=tmp_path, env=ENVIRON, stdout=subprocess.PIPE, text=True
    ) as running:
        fifo.read_text()
        running.send_signal(number)
        out, _ = running.communicate(timeout=15)
    assert running.returncode == 130
    assert "stopping" in out
    assert "to go on: leo-tui resume" in out


def test_a_second_signal_kills_what_ignores_the_first(tmp_path: Path) -> None:
    script = "trap 'echo term > term.fifo' TERM; echo up > up.fifo"
    forever = "while :; do sleep 1; done"
    write_dag(tmp_path, f'[tasks.a]\ngrace = "10m"\ncmd = "{script}; {forever}"\n')
    for name in ("up.fifo", "term.fifo"):
        os.mkfifo(tmp_path / name)
    with subprocess.Popen(
        [*LEO, "--once"], cwd=tmp_path, env=ENVIRON, stdout=subprocess.PIPE, text=True
    ) as running:
        (tmp_path / "up.fifo").read_text()
        running.send_signal(signal.SIGINT)
        (tmp_path / "term.fifo").read_text()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=15)
    assert running.returncode == 130


def test_a_reader_that_leaves_does_not_stop_the_run(tmp_path: Path) -> None:
    write_dag(tmp_path, FLAKY.replace("test -e fixed", "true"))
    with subprocess.Popen(
        [*LEO, "--once"],
        cwd=tmp_path,
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        running.stdout.close()
        running.wait(timeout=15)
        assert running.stderr is not None
        assert running.stderr.read() == ""
    assert running.returncode == 0
    assert (tmp_path / "after.txt").exists()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_descriptors_do_not_matter(tmp_path: Path, closed: str) -> None:
    write_dag(tmp_path, '[tasks.a]\ncmd = "echo hello"\n')
    call = f"{shlex.join([*LEO, '--once'])} {closed}"
    done = subprocess.run(
        ["/bin/sh", "-c", call], cwd=tmp_path, env=ENVIRON, check=False
    )
    assert done.returncode == 0
    assert leo(tmp_path, "logs", "latest").out == "hello\n"


def test_events_that_cannot_be_written_are_an_error_of_the_environment(
    tmp_path: Path,
) -> None:
    write_dag(tmp_path, '[tasks.a]\ncmd = "true"\n')
    call = f"{shlex.join([*LEO, '--once', '--json'])} > /dev/full"
    done = subprocess.run(
        ["/bin/sh", "-c", call],
        cwd=tmp_path,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    assert "No space left on device" in done.stderr
    assert "✓" in leo(tmp_path, "runs").out


def test_a_reader_that_stalls_does_not_hold_up_the_tasks(tmp_path: Path) -> None:
    (tmp_path / "wide.toml").write_text(
        '[tasks.wide]\ncmd = "true"\n'
        f"matrix = {{ n = {list(range(400))} }}\n"
        '[tasks.last]\ndepends_on = ["wide"]\ncmd = "echo end > end.fifo"\n'
    )
    os.mkfifo(tmp_path / "end.fifo")
    with subprocess.Popen(
        [*LEO, "--once", "--json"],
        cwd=tmp_path,
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as running:
        # Nothing is read yet, and the events do not fit into the pipe.
        assert (tmp_path / "end.fifo").read_text() == "end\n"
        assert running.stdout is not None
        lines = running.stdout.read().splitlines()
    assert json.loads(lines[-1])["status"] == "succeeded"
    assert sum(map(len, lines)) > (1 << 16)


def test_the_dry_run_of_a_resume_says_keep_or_run_and_why(tmp_path: Path) -> None:
    write_dag(tmp_path, FLAKY)
    leo(tmp_path, "--once")
    preview = leo(tmp_path, "resume", "latest", "--dry-run", "--json").json()
    tasks = preview["tasks"]
    assert isinstance(tasks, list)
    assert [(task["task"], task["action"]) for task in tasks] == [
        ("good", "keep"),
        ("bad", "run"),
        ("after", "run"),
    ]
    assert all(task["reason"] for task in tasks)


def test_retry_runs_what_failed(tmp_path: Path) -> None:
    write_dag(tmp_path, FLAKY)
    leo(tmp_path, "--once")
    (tmp_path / "fixed").touch()
    assert leo(tmp_path, "retry", "latest").code == 0
    assert (tmp_path / "good.txt").read_text() == "hello\n"


def test_what_is_marked_counts_as_said_and_the_rest_runs(tmp_path: Path) -> None:
    write_dag(tmp_path, FLAKY)
    leo(tmp_path, "--once")
    assert leo(tmp_path, "mark", "latest", "nobody", "--as", "ok").code == 4
    marked = leo(tmp_path, "mark", "latest", "bad", "--as", "ok", "--note", "by hand")
    assert marked.code == 0
    shown = leo(tmp_path, "show", "latest", "--json").json()
    tasks = shown["tasks"]
    assert isinstance(tasks, list)
    rows = {task["task"]: task for task in tasks}
    assert {name: row["status"] for name, row in rows.items()} == {
        "good": "succeeded",
        "bad": "succeeded",
        "after": "succeeded",
    }
    assert rows["bad"]["reason"].endswith("by hand")
    assert leo(tmp_path, "verify", "latest").code == 0


def test_the_examples_run_green(tmp_path: Path) -> None:
    assert leo(tmp_path, "init").code == 0
    assert leo(tmp_path, "init", "--example", "etl").code == 0
    result = leo(tmp_path, "--once", "--print-output")
    assert result.code == 0, result.out + result.err
    assert "│ Greeted WORLD 3 times." in result.out
    assert "↷ hello: bow" in result.out
    broken = leo(tmp_path, "--once", "etl", "-p", "broken=north")
    assert broken.code == 1
    assert "amounts missing in north" in broken.out
    assert leo(tmp_path, "resume", "latest", "-p", "broken=none").code == 0


def test_a_part_of_the_tasks_runs_and_what_goes_on_keeps_to_it(tmp_path: Path) -> None:
    write_dag(tmp_path, FLAKY)
    first = leo(tmp_path, "--only", "bad", "--once", "etl", "--downstream")
    assert first.code == 1
    assert not (tmp_path / "good.txt").exists()
    preview = leo(tmp_path, "resume", "last", "--dry-run")
    assert "good" not in preview.out
    assert "of 2 tasks of the file only (bad + downstream)" in preview.out
    shown = leo(tmp_path, "show", "last", "--json").json()
    options = shown["run"]["options"] if isinstance(shown["run"], dict) else None
    assert options is not None
    assert (options["only"], options["reach"]) == (["bad"], "downstream")
    (tmp_path / "fixed").touch()
    assert leo(tmp_path, "resume", "last").code == 0
    assert not (tmp_path / "good.txt").exists()
    assert (tmp_path / "after.txt").exists()
    assert leo(tmp_path, "--once", "etl").code == 0
    assert (tmp_path / "good.txt").exists()


def test_a_part_that_cannot_be_is_refused_before_anything_starts(
    tmp_path: Path,
) -> None:
    write_dag(tmp_path, FLAKY.replace("echo trying", "echo {{ outputs.good.n }}"))
    assert leo(tmp_path, "--once", "etl", "--only", "godo").code == 4
    used = leo(tmp_path, "--once", "etl", "--only", "bad")
    assert (used.code, "'bad' uses the outputs of 'good'" in used.err) == (2, True)
    assert leo(tmp_path, "--once", "etl", "--upstream").code == 2
    write_dag(tmp_path, '[tasks.a]\ncmd = "true"\n', "two")
    several = leo(tmp_path, "--once", "--only", "a")
    assert (several.code, "name it" in several.err) == (2, True)
    planned = leo(tmp_path, "plan", "etl", "--only", "good", "--json").json()
    assert planned["critical_path"] == ["good"]

"""A `*.dag.py` may do anything; what comes of it is a DAG or a clear problem."""

import os
import select
from pathlib import Path

import pytest

from leo_engine.errors import SpecSyntaxError
from leo_engine.loader.load import load
from leo_engine.loader.script import run_script

GOOD = "import json; print(json.dumps({'tasks': {'t': {'cmd': 'true'}}}))"


def script(folder: Path, text: str) -> Path:
    path = folder / "made.dag.py"
    path.write_text(text)
    return path


def message_of(path: Path, *, deadline_s: float = 10) -> str:
    with pytest.raises(SpecSyntaxError) as caught:
        load(path, deadline_s=deadline_s)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert problem.line >= 1
    assert "\n" not in problem.message
    return problem.message


def test_a_script_prints_its_dag(tmp_path: Path) -> None:
    loaded = load(script(tmp_path, GOOD))
    assert loaded.dag.name == "made"
    assert loaded.version.source_format == "json"
    assert loaded.version.source.startswith('{"tasks"')


def test_a_script_runs_in_its_folder_with_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "tasks.txt").write_text("one two")
    text = (
        "import json, sys\nassert sys.stdin.read() == ''\n"
        "names = open('tasks.txt').read().split()\n"
        "print(json.dumps({'tasks': {n: {'cmd': 'true'} for n in names}}))"
    )
    loaded = load(script(tmp_path, text))
    assert [task.id for task in loaded.dag.tasks] == ["one", "two"]


def test_a_script_that_hangs_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        "import os, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "open('pids', 'w').write(f'{os.getpid()} {child.pid}')\n"
        "time.sleep(600)",
    )
    assert message_of(path, deadline_s=2).startswith("the script still running after")
    for pid in (tmp_path / "pids").read_text().split():
        assert ends(int(pid))


def ends(pid: int) -> bool:
    """Whether a process has ended, or does so before ten seconds are over."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(descriptor) as process:
        return bool(select.select([process], [], [], 10)[0])


def test_a_grandchild_that_keeps_the_output_open_delays_nothing(
    tmp_path: Path,
) -> None:
    text = f"import subprocess; subprocess.Popen(['sleep', '600']); {GOOD}"
    assert load(script(tmp_path, text)).dag.name == "made"


def test_a_script_that_fails_is_quoted(tmp_path: Path) -> None:
    path = script(tmp_path, "import sys; print('so\\nsad', file=sys.stderr); exit(3)")
    assert message_of(path) == "the script failed with exit code 3: so | sad"
    assert "ZeroDivisionError" in message_of(script(tmp_path, "1 / 0"))
    assert "SyntaxError" in message_of(script(tmp_path, "def ("))
    killed = script(tmp_path, "import os; os.kill(os.getpid(), 9)")
    assert "was killed by signal 9" in message_of(killed)


def test_a_script_that_prints_garbage_is_a_problem(tmp_path: Path) -> None:
    assert "not valid JSON" in message_of(script(tmp_path, "print('hello')"))
    assert "printed nothing" in message_of(script(tmp_path, ""))
    binary = "import sys; sys.stdout.buffer.write(bytes(range(256)))"
    assert "not a text" in message_of(script(tmp_path, binary))


@pytest.mark.parametrize("stream", [1, 2])
def test_a_script_that_prints_without_end_is_stopped(
    tmp_path: Path, stream: int
) -> None:
    path = script(tmp_path, f"import os\nwhile True: os.write({stream}, b'x' * 65536)")
    with pytest.raises(SpecSyntaxError, match=r"printed more than|still running"):
        run_script(path, deadline_s=2, most_bytes=1024 * 1024)


def test_a_script_that_closes_its_output_and_hangs_is_stopped(tmp_path: Path) -> None:
    path = script(
        tmp_path, "import os, time; os.close(1); os.close(2); time.sleep(600)"
    )
    assert "still running" in message_of(path, deadline_s=1)


def test_a_large_output_is_read_whole(tmp_path: Path) -> None:
    text = "import sys; sys.stdout.write('x' * 5_000_000)"
    content = run_script(script(tmp_path, text), deadline_s=10, most_bytes=10**7)
    assert len(content) == 5_000_000


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    path = script(tmp_path, GOOD)
    load(path)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- counting descriptors
    load(path)
    message_of(script(tmp_path, "exit(1)"))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 -- as above

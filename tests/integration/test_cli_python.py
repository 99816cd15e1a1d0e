"""Python tasks through `--once`, as users see them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from called_folder import CalledFolder

RATES = "cmd = 'cat mixed_rates.json > $LEO_OUTPUT'"
WAITS = """
[tasks.wait]
cmd = "echo up > up.fifo; read word < go.fifo; test $word = go"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[CalledFolder]:
    folder = CalledFolder(tmp_path)
    yield folder
    folder.close()


def make_venv(place: Path) -> Path:
    """Make a venv and return its folder of packages."""
    command = [sys.executable, "-m", "venv", "--without-pip", str(place)]
    subprocess.run(command, check=True)
    return next(place.glob("lib/python3*/site-packages"))


def test_values_go_from_a_command_to_functions_and_back(folder: CalledFolder) -> None:
    folder.write(
        "[params]\nday = 'pon.'\n"
        "[tasks.extract]\nmatrix = { shard = ['b', 'a', 'c'] }\n"
        'cmd = "echo shard={{ shard }} >> $LEO_OUTPUT"\n'
        "[tasks.score]\npython = 'lib.score:Score.of'\ndepends_on = ['extract']\n"
        "with = { day = '{{ day }}', more = { n = [1, '{{ day }}'] } }\n"
        "[tasks.tell]\ndepends_on = ['score']\n"
        "cmd = 'echo {{ outputs.score.text }}; echo $LEO_OUTPUT_SCORE_COUNT'\n"
    )
    folder.write(
        "class Score:\n    @classmethod\n    async def of(cls, extract, day, more):\n"
        "        print('ważne', [one['shard'] for one in extract])\n"
        "        text = day + str(more['n'][1]) + ' ż'\n"
        "        return {'text': text, 'count': len(extract)}\n",
        "lib/score.py",
    )
    code, text = folder.leo("--once", "--print-output")
    assert code == 0, text
    assert "│ ważne ['b', 'a', 'c']\n" in text
    assert "│ pon.pon. ż\n│ 3\n" in text


def test_the_interpreter_is_that_of_the_task_else_of_the_dag(
    folder: CalledFolder,
) -> None:
    own = make_venv(folder.path / "own")
    make_venv(folder.path / "shared venv")
    (own / "only_here.py").write_text("VALUE = 5\n")
    folder.write(
        "[defaults]\nvenv = 'shared venv'\n"
        "[tasks.own]\npython = 'mod:f'\nvenv = 'own'\n"
        "[tasks.shared]\npython = 'mod:f'\n"
        "[tasks.plain]\ncmd = 'true'\n"
    )
    folder.write("import sys\ndef f():\n    return sys.prefix\n", "mod.py")
    code, text = folder.leo("--once")
    assert code == 0, text
    assert folder.outputs() == {
        "own": {"value": str(folder.path / "own")},
        "shared": {"value": str(folder.path / "shared venv")},
    }
    folder.write("[tasks.a]\npython = 'only_here:f'\nvenv = 'own'\n")
    assert folder.leo("--once")[0] == 1
    assert f"only_here ({own}/only_here.py) has no 'f'" in folder.log("a")
    folder.write("[tasks.a]\npython = 'only_here:f'\n")
    assert folder.leo("--once")[0] == 1
    assert f"no module named 'only_here'; the interpreter is {sys.executable} (" in (
        folder.log("a")
    )


def test_a_venv_that_is_missing_is_told_before_anything_starts(
    folder: CalledFolder,
) -> None:
    folder.write("[tasks.a]\npython = 'mod:f'\nvenv = '.venv'\n")
    folder.write("def f(): pass\n", "mod.py")
    code, text = folder.leo("--once")
    assert code == 5
    hint = f"no venv '{folder.path}/.venv': make it with `python3 -m venv "
    assert f"task 'a': {hint}" in text
    assert hint in folder.leo("doctor")[1]
    assert not (folder.path / ".leo" / "runs").exists()


def test_a_venv_may_be_made_by_the_run_itself(folder: CalledFolder) -> None:
    make = ["-m", "venv", "--without-pip", "v"]
    folder.write(
        f"[tasks.make]\ncmd = {json.dumps([sys.executable, *make])}\n"
        "[tasks.a]\npython = 'mod:f'\nvenv = 'v'\ndepends_on = ['make']\n"
    )
    folder.write("import sys\ndef f(): return sys.prefix\n", "mod.py")
    assert folder.leo("--once")[0] == 0
    assert folder.outputs() == {"a": {"value": str(folder.path / "v")}}


@pytest.mark.parametrize(
    ("make", "words"),
    [("true", "no venv '"), ("mkdir v", "has no interpreter that works, '")],
)
def test_a_venv_that_is_not_there_in_time_fails_the_task(
    folder: CalledFolder, make: str, words: str
) -> None:
    folder.write(
        f"[tasks.make]\ncmd = '{make}'\n"
        "[tasks.a]\npython = 'mod:f'\nvenv = 'v'\ndepends_on = ['make']\n"
    )
    code, text = folder.leo("--once")
    assert code == 1
    assert words in text
    assert "python3 -m venv" in text


def test_an_edit_during_a_run_changes_nothing_for_it(folder: CalledFolder) -> None:
    folder.make_fifos()
    folder.write(
        WAITS + "[tasks.after]\npython = 'mod:f'\ndepends_on = ['wait']\n"
        "[tasks.last]\npython = 'mod:f'\ndepends_on = ['after']\n"
    )
    folder.write("from lib import words\ndef f(): return words.SAID\n", "mod.py")
    folder.write("SAID = 'before'\n", "lib/words.py")
    engine = folder.start("--once")
    folder.task_is_up()
    folder.write("SAID = 'after'\n", "lib/words.py")
    folder.write("raise RuntimeError\n", "mod.py")
    folder.write("raise RuntimeError\n", "words.py")
    folder.let_go()
    assert engine.wait() == 0
    before = {"value": "before"}
    assert folder.outputs() == {"after": before, "last": before}
    copy = max((folder.path / ".leo" / "runs").iterdir()) / "~sources"
    folders = [copy, *{path.parent for path in copy.rglob("*.py")}]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in copy.rglob("*.py")} == {0o600}


def test_a_resume_runs_what_an_edit_has_changed_and_what_follows(
    folder: CalledFolder,
) -> None:
    folder.write(
        "[tasks.one]\npython = 'one:f'\n[tasks.two]\npython = 'two:f'\n"
        "[tasks.after]\ncmd = 'true'\ndepends_on = ['two']\n"
        "[tasks.bad]\ncmd = 'test -e fixed'\n"
    )
    folder.write("def f(): return 1\n", "one.py")
    folder.write("import shared\ndef f(): return shared.N\n", "two.py")
    folder.write("N = 1\n", "shared.py")
    assert folder.leo("--once")[0] == 1
    folder.write("N = 2\n", "shared.py")
    folder.write("N = 3\n", "unused.py")
    _, text = folder.leo("resume", "latest", "--dry-run")
    assert [line.split(maxsplit=2) for line in text.splitlines()[:4]] == [
        ["keep", "one", "succeeded in generation 1"],
        ["run", "two", "its source changed: shared.py"],
        ["run", "after", "upstream two runs again"],
        ["run", "bad", "failed: exit 1"],
    ]
    folder.write("", "fixed")
    code, text = folder.leo("resume", "latest")
    assert code == 0, text
    assert folder.outputs() == {"one": {"value": 1}, "two": {"value": 2}}
    shown = json.loads(folder.leo("show", "latest", "--json")[1])
    attempts = {row["task"]: row["attempt"] for row in shown["tasks"]}
    assert attempts == {"one": 1, "two": 2, "after": 2, "bad": 2}


def test_the_same_run_is_not_taken_for_one_of_an_edited_module(
    folder: CalledFolder,
) -> None:
    folder.write("[tasks.a]\npython = 'mod:f'\n")
    folder.write("def f(): return 1\n", "mod.py")
    assert folder.leo("--once")[0] == 0
    (first,) = folder.runs()
    folder.write("def f(): return 2\n", "mod.py")
    assert folder.leo("--once")[0] == 0
    assert folder.outputs() == {"a": {"value": 2}}
    shown = folder.leo("diff", first, "latest")[1]
    assert "a" in shown
    assert "definition" in shown


def test_what_runs_is_found_again_after_a_kill_and_keeps_its_version(
    folder: CalledFolder,
) -> None:
    folder.make_fifos()
    folder.write(
        "[tasks.wait]\npython = 'mod:f'\n"
        "[tasks.after]\npython = 'mod:g'\ndepends_on = ['wait']\n"
    )
    folder.write(
        "import os\ndef f():\n    open('ledger', 'a').write('x')\n"
        "    open('up.fifo', 'w').write(str(os.getpid()))\n"
        "    return {'word': open('go.fifo').read().strip()}\n"
        "def g(wait): return {'old': wait['word']}\n",
        "mod.py",
    )
    engine = folder.start("--once")
    pid = folder.task_is_up()
    engine.kill()
    engine.wait()
    assert Path(f"/proc/{pid}").exists()
    folder.write("def f(): pass\ndef g(wait): return {'new': wait}\n", "mod.py")
    going_on = folder.start("--once")
    folder.let_go("words")
    assert going_on.wait() == 0
    assert (folder.path / "ledger").read_text() == "x"
    newer, adopted = folder.runs()
    assert folder.outputs(adopted) == {
        "wait": {"word": "words"},
        "after": {"old": "words"},
    }
    assert folder.outputs(newer) == {"after": {"new": {}}}
    assert folder.leo("verify", adopted)[0] == 0


def test_a_secret_reaches_the_task_that_declares_it_and_no_file_or_log(
    folder: CalledFolder,
) -> None:
    folder.write(
        "[secrets]\nTOKEN = 'env:API_TOKEN'\n"
        "[tasks.with_it]\npython = 'mod:f'\nsecrets = ['TOKEN']\n"
        "[tasks.without]\npython = 'mod:f'\ndepends_on = ['with_it']\n"
    )
    folder.write(
        "import os, pathlib\n"
        "def f():\n"
        "    token = os.environ.get('TOKEN', 'none')\n"
        "    print('seen', token, 'API_TOKEN' in os.environ)\n"
        "    return {'token': token, 'size': len(token)}\n",
        "mod.py",
    )
    code, text = folder.leo("--once", API_TOKEN="s3cr3t-value")  # noqa: S106 -- made up
    assert code == 0, text
    outputs = folder.outputs()
    assert outputs["with_it"] == {"token": "***", "size": 12}
    assert outputs["without"] == {"token": "none", "size": 4}
    assert folder.log("without") == "seen none False\n"
    assert folder.log("with_it") == "seen ************ False\n"
    for path in (folder.path / ".leo").rglob("*"):
        assert path.is_dir() or b"s3cr3t-value" not in path.read_bytes()


def test_values_are_not_in_the_arguments_of_the_process(folder: CalledFolder) -> None:
    folder.write("[tasks.a]\npython = 'mod:f'\nwith = { word = 'quiet-please' }\n")
    folder.write(
        "def f(word): return open('/proc/self/cmdline').read().split('\\0')\n", "mod.py"
    )
    assert folder.leo("--once")[0] == 0
    (found,) = folder.outputs().values()
    assert isinstance(found, dict)
    assert found["value"][1] == "-u"
    assert found["value"][3] == "mod:f"
    assert not any("quiet-please" in word for word in found["value"])


def test_a_failure_has_its_traceback_in_the_log(folder: CalledFolder) -> None:
    folder.write("[tasks.a]\npython = 'mod:f'\n")
    folder.write("def f():\n    raise ValueError('zła wartość')\n", "mod.py")
    code, text = folder.leo("--once")
    assert code == 1
    assert "exit 1" in text
    assert folder.log("a") == (
        "Traceback (most recent call last):\n"
        f'  File "{folder.path}/mod.py", line 2, in f\n'
        "    raise ValueError('zła wartość')\n"
        "ValueError: zła wartość\n"
    )


def test_tasks_are_functions_of_the_file_itself(folder: CalledFolder) -> None:
    folder.write(
        "from leo_dag import dag, task\ndag(params={'n': 3})\n"
        "@task(with_={'n': '{{ n }}'})\n"
        "def numbers(n): return {'all': list(range(int(n)))}\n"
        "@task\ndef total(numbers): return sum(numbers['all'])\n",
        "flow.dag.py",
    )
    code, text = folder.leo("--once")
    assert code == 0, text
    assert folder.outputs() == {
        "numbers": {"all": [0, 1, 2]},
        "total": {"value": 3},
    }


def test_the_mixed_example_hands_values_all_the_way(folder: CalledFolder) -> None:
    assert folder.leo("init", ".", "--example", "mixed")[0] == 0
    assert folder.leo("validate") == (0, "✓ mixed  4 tasks  mixed.toml\n")
    text = (folder.path / "mixed.toml").read_text()
    # What a container and a server do, done by processes.
    text = re.sub(r'image = "\{\{ image \}\}"\ndocker = .*\n', "", text)
    text = re.sub(
        r"\[tasks\.rates\.http\]\n(.+\n)+",
        "[tasks.rates.env]\nX = '1'\n",
        text.replace("[tasks.rates]\n", f"[tasks.rates]\n{RATES}\n"),
    )
    folder.write(text, "mixed.toml")
    code, printed = folder.leo("--once", "--print-output")
    assert code == 0, printed
    assert "│ summing 300 orders\n" in printed
    assert "│ 300 orders of 2026-03-01, in USD\n" in printed
    report = folder.outputs()["report"]
    assert isinstance(report, dict)
    assert report["currency"] == "USD"

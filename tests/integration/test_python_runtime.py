"""The runtime of python tasks, as a process of every Python 3.8+ that is here."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which

import pytest

from leo_engine.task_side import RUNTIME

NAMES = [f"python3.{minor}" for minor in range(8, 15)]


def works(python: str) -> bool:
    """Tell whether it is one: some are stand-ins that only say what is missing."""
    done = subprocess.run([python, "-c", ""], capture_output=True, check=False)
    return done.returncode == 0


PYTHONS = sorted({sys.executable, *filter(works, filter(None, map(which, NAMES)))})


class Ended:
    """How one call ended."""

    def __init__(
        self, done: "subprocess.CompletedProcess[bytes]", output: Path
    ) -> None:
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.log = done.stderr.decode()
        self.file = output

    def output(self) -> object:
        """Return what was handed on; None when nothing was."""
        return json.loads(self.file.read_bytes()) if self.file.exists() else None


class Caller:
    """Calls functions of files in a folder, as an attempt would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "dags"
        self.sources = folder / "sources"
        self.sources.mkdir(parents=True)
        self.folder.mkdir()

    def write(self, text: str, name: str = "mod.py") -> None:
        """Write a file that can be imported."""
        path = self.sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def call(  # noqa: PLR0913 -- what an attempt is given, by name
        self,
        target: str = "mod:f",
        *,
        given: Mapping[str, object] | None = None,
        outputs: Mapping[str, object] | None = None,
        upstream: Sequence[str] = (),
        fan_ins: Sequence[str] = (),
        params: Mapping[str, object] | None = None,
        python: str = sys.executable,
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        """Return how a call ended."""
        call = {
            "arguments": given or {},
            "folder": str(self.folder),
            "sources": str(self.sources),
            "upstream": upstream,
            "fan_ins": fan_ins,
        }
        (self.folder / "call.json").write_text(json.dumps(call))
        inputs = {"params": params or {}, "outputs": outputs or {}, "registered": {}}
        (self.folder / "inputs.json").write_text(json.dumps(inputs))
        output = self.folder / "output"
        output.unlink(missing_ok=True)
        done = subprocess.run(
            [python, "-u", RUNTIME, target, str(self.folder / "call.json")],
            env={
                **os.environ,
                "PYTHONDONTWRITEBYTECODE": "1",
                "LEO_OUTPUT": str(output),
                "LEO_INPUTS": str(self.folder / "inputs.json"),
                **(env or {}),
            },
            capture_output=True,
            check=False,
        )
        return Ended(done, output)


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    return Caller(tmp_path)


@pytest.mark.parametrize("python", PYTHONS)
def test_every_python_calls_and_hands_on(caller: Caller, python: str) -> None:
    caller.write(
        "import asyncio\n"
        "async def f(a, /, load, *, b=2, **rest):\n"
        "    await asyncio.sleep(0)\n"
        "    return {'sum': a + b, 'load': load, 'rest': rest, 'ł': 'ó'}\n"
        "def g():\n"
        "    raise ValueError('wrong') from KeyError('k')\n"
    )
    ended = caller.call(
        given={"a": 1, "c": 3}, outputs={"load": {"n": 1}}, python=python
    )
    assert (ended.code, ended.log) == (0, "")
    handed_on = {"sum": 3, "load": {"n": 1}, "rest": {"c": 3}, "ł": "ó"}
    assert ended.output() == handed_on
    failed = caller.call("mod:g", python=python)
    assert failed.code == 1
    assert "python_runtime" not in failed.log
    assert f'File "{caller.folder}/mod.py", line 6, in g\n' in failed.log
    assert failed.log.endswith("ValueError: wrong\n")


def test_parameters_are_filled_by_their_names(caller: Caller) -> None:
    caller.write(
        "def f(day, load_rows, shards, silent, outputs, inputs, params, spare=7, *a):\n"
        "    return [day, load_rows, shards, silent, sorted(outputs), sorted(inputs),"
        " params, spare]\n"
    )
    ended = caller.call(
        given={"day": "mon"},
        outputs={"load-rows": {"n": 1}, "shards": [{"x": 1}, {"x": 2}], "far": {}},
        upstream=["load-rows", "silent"],
        fan_ins=["shards"],
        params={"p": 1},
    )
    assert ended.output() == {
        "value": [
            *("mon", {"n": 1}, [{"x": 1}, {"x": 2}], {}),
            *(["far", "load-rows", "shards"], ["outputs", "params", "registered"]),
            *({"p": 1}, 7),
        ]
    }


def test_with_wins_over_what_is_upstream(caller: Caller) -> None:
    caller.write("def f(load): return load\n")
    ended = caller.call(given={"load": 5}, outputs={"load": {"n": 1}})
    assert ended.output() == {"value": 5}


def test_what_nothing_takes_is_refused_with_the_nearest_name(caller: Caller) -> None:
    caller.write("def f(retail, day='x'): print('called')\n")
    ended = caller.call(given={"retial": True, "zzz": 1})
    assert (ended.code, ended.out, ended.output()) == (1, "", None)
    assert ended.log == (
        "leo-tui: mod:f: 'with' has 'retial' (did you mean 'retail'?), 'zzz', but it "
        "takes f(retail, day='x')\n"
    )


def test_all_that_is_missing_is_named_at_once(caller: Caller) -> None:
    caller.write("def f(day, rows, spare=1): print('called')\n")
    ended = caller.call(upstream=["load"], params={"day": "mon"})
    assert (ended.code, ended.out) == (1, "")
    assert ended.log == (
        "leo-tui: mod:f: nothing is given for day, rows: give it in 'with', or name it "
        "like a task upstream (load), or for the parameter of the run: "
        "with = { day = '{{ day }}' }\n"
    )


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("mod:mian", "(did you mean 'main'?)"),
        ("mod:main.x", "has no 'x'"),
        ("mod:TABLE", "TABLE is a dict, nothing that can be called"),
        ("nowhere:f", "no module named 'nowhere'; the interpreter is"),
        ("mod.sub:f", "no module named 'mod.sub'"),
        ("other.py:f", "no file other.py"),
    ],
)
def test_a_target_that_is_not_there_says_so(
    caller: Caller, target: str, words: str
) -> None:
    caller.write("TABLE = {}\ndef main(): pass\n")
    ended = caller.call(target)
    assert (ended.code, ended.output()) == (1, None)
    assert words in ended.log
    assert "Traceback" not in ended.log


def test_a_failing_import_shows_where_and_what_was_used(caller: Caller) -> None:
    caller.write("import lib.missing_one\n")
    caller.write("import late\n", "lib/missing_one.py")
    (caller.folder / "late.py").touch()
    ended = caller.call()
    assert ended.code == 1
    assert f'File "{caller.folder}/lib/missing_one.py", line 1' in ended.log
    assert "importlib" not in ended.log
    last = ended.log.splitlines()[-1]
    assert f"cannot be imported; the interpreter is {sys.executable} (Python" in last
    assert f"late is in {caller.folder} now, but" in last


def test_a_module_that_is_no_python_says_where(caller: Caller) -> None:
    caller.write("def f(:\n")
    ended = caller.call()
    assert ended.code == 1
    assert f'File "{caller.folder}/mod.py", line 1\n' in ended.log
    assert "SyntaxError" in ended.log
    assert "python_runtime" not in ended.log


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (
            "{'rows': [1, {'at': datetime.now()}]}",
            "value['rows'][1]['at'] is a datetime.",
        ),
        ("{1: 2}", "the return value has the key 1: in JSON, keys are texts"),
        ("[float('nan')]", "value[0] is nan, which JSON does not have"),
        ("{'s': {1, 2}}", "value['s'] is a set, which is not JSON: return its sorted("),
        ("Path('x')", "the return value is a pathlib.PosixPath"),
        ("Decimal(1)", "is a decimal.Decimal, which is not JSON: return its str(...)"),
        ("Row(1)", "is a mod.Row, which is not JSON: return dataclasses.asdict(...)"),
        ("b'x'", "is a bytes, which is not JSON: return its .decode()"),
        (
            "(n for n in 'ab')",
            "is a generator, which is not JSON: return its list(...)",
        ),
        ("'\\ud800'", "is no text that UTF-8 can hold"),
        ("{'\\ud800': 1}", "a key of the return value is no text"),
        ("circle()", "the return value['me'] contains itself"),
        ("deep()", "is nested more than 200 deep"),
        ("object", "is a type, which is not JSON"),
    ],
)
def test_what_is_not_json_fails_and_says_where(
    caller: Caller, expression: str, words: str
) -> None:
    caller.write(
        "from dataclasses import dataclass\nfrom datetime import datetime\n"
        "from decimal import Decimal\nfrom pathlib import Path\n"
        "@dataclass\nclass Row:\n    n: int\n"
        "def circle():\n    found = {}\n    found['me'] = found\n    return found\n"
        "def deep():\n    found = []\n    for _ in range(5000):\n"
        "        found = [found]\n    return found\n"
        f"def f(): return {expression}\n"
    )
    ended = caller.call()
    assert (ended.code, ended.output()) == (1, None)
    assert words in ended.log
    assert len(ended.log.splitlines()) == 1


@pytest.mark.parametrize(
    ("expression", "handed_on"),
    [
        ("None", None),
        ("{}", {}),
        ("0", {"value": 0}),
        ("[]", {"value": []}),
        ("(1, 2.5, 'x', None, True)", {"value": [1, 2.5, "x", None, True]}),
        ("10 ** 40", {"value": 10**40}),
        ("{'a': {'b': []}}", {"a": {"b": []}}),
        ("OrderedDict(z=1, a=2)", {"z": 1, "a": 2}),
        ("Point(1, 2)", {"value": [1, 2]}),
        ("[[], []] * 2", {"value": [[], [], [], []]}),
        ("'\\u2028 \\x00 \U0001f600'", {"value": "\u2028 \x00 \U0001f600"}),
    ],
)
def test_what_is_json_is_handed_on(
    caller: Caller, expression: str, handed_on: object
) -> None:
    caller.write(
        "from collections import OrderedDict, namedtuple\n"
        "Point = namedtuple('Point', 'x y')\n"
        f"def f(): return {expression}\n"
    )
    ended = caller.call()
    assert (ended.code, ended.log) == (0, "")
    assert ended.output() == handed_on


def test_what_is_handed_on_is_private(caller: Caller) -> None:
    caller.write("def f(): return 1\n")
    assert stat.S_IMODE(caller.call().file.stat().st_mode) == 0o600


def test_without_a_return_value_what_the_function_wrote_stays(caller: Caller) -> None:
    caller.write(
        "import os, pathlib\n"
        "def f(): pathlib.Path(os.environ['LEO_OUTPUT']).write_text('{\"n\": 1}')\n"
    )
    assert caller.call().output() == {"n": 1}


@pytest.mark.parametrize(
    ("ending", "code", "log"),
    [
        ("sys.exit(7)", 7, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit('enough')", 1, "enough\n"),
    ],
)
def test_an_exit_is_an_exit(caller: Caller, ending: str, code: int, log: str) -> None:
    caller.write(f"import sys\ndef f(): {ending}\n")
    ended = caller.call()
    assert (ended.code, ended.log, ended.output()) == (code, log, None)


def test_prints_are_there_before_a_crash(caller: Caller) -> None:
    caller.write("import os\ndef f():\n    print('zażółć')\n    os._exit(3)\n")
    ended = caller.call(env={"PYTHONIOENCODING": "utf-8"})
    assert (ended.code, ended.out) == (3, "zażółć\n")


def test_groups_of_errors_are_trimmed_within(caller: Caller) -> None:
    caller.write(
        "import asyncio\n"
        "async def one(): raise ValueError('of one')\n"
        "async def f():\n"
        "    async with asyncio.TaskGroup() as group:\n"
        "        group.create_task(one())\n"
    )
    log = caller.call().log
    assert "ValueError: of one" in log
    assert "python_runtime" not in log


def test_a_file_is_called_by_its_path_and_its_classes_know_their_module(
    caller: Caller,
) -> None:
    caller.write(
        "from __future__ import annotations\n"
        "from dataclasses import asdict, dataclass\nfrom leo_dag import dag, task\n"
        "dag(name='x')\n@dataclass\nclass Row:\n    n: int\n"
        "@task(retries=1)\ndef f(): return asdict(Row(1))\n",
        "my etl.dag.py",
    )
    ended = caller.call("my etl.dag.py:f")
    assert (ended.code, ended.out, ended.log) == (0, "", "")
    assert ended.output() == {"n": 1}


def test_the_own_files_come_first_and_nothing_of_ours_is_in_the_way(
    caller: Caller,
) -> None:
    caller.write("def total(): return 1\n", "python_runtime.py")
    caller.write("import python_runtime\ndef f(): return python_runtime.total()\n")
    assert caller.call().output() == {"value": 1}
    assert caller.call(env={"PYTHONSAFEPATH": "1"}).output() == {"value": 1}


def test_methods_classes_and_built_in_functions_can_be_called(caller: Caller) -> None:
    caller.write("class C:\n    @staticmethod\n    def f(x): return x\n")
    assert caller.call("mod:C.f", given={"x": 1}).output() == {"value": 1}
    assert caller.call("os:getpid").code == 0
    assert caller.call("json:dumps", given={"obj": [1]}).output() == {"value": "[1]"}

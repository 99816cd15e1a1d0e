"""Which scripts are executed without a shell."""

import sys

import msgspec
import pytest

from leo_engine.executors.command_line import command_of, plain_words
from leo_engine.spec.model import Approval, Argv, PythonCall, Shell
from leo_engine.task_side import RUNTIME


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("true", ["true"]),
        ("  ls -la\t/etc \n", ["ls", "-la", "/etc"]),
        ("python3 -m x --a=b,c:d", ["python3", "-m", "x", "--a=b,c:d"]),
        ("cp 'a b' \"c d\"", ["cp", "a b", "c d"]),
        ("""grep -e'x y'"z" f""", ["grep", "-ex yz", "f"]),
        ("./run.sh '' 'it is \"so\"'", ["./run.sh", "", 'it is "so"']),
    ],
)
def test_plain_commands_are_split_as_a_shell_would(
    script: str, words: list[str]
) -> None:
    assert plain_words(script) == words


@pytest.mark.parametrize(
    "script",
    [
        *("", "  \n", "a\nb", "a; b", "a && b", "a | b", "a &", "a > f", "a < f"),
        *("ls *", "ls ?", "ls [a]", "ls ~", "echo $HOME", "ls `pwd`", "(ls)", "a\\ b"),
        *("ls {a,b}", "ls # no", "! ls", "A=1 ls", "A=1", "x=y/z", "ls 'open"),
        *('ls "$HOME"', 'ls "a`b`"', 'ls "a\\"b"', "'' ls", "ls caf\u00e9", "ls a\rb"),
        *("cd /tmp", "exit 3", ": nothing", ". ./env", "export A", "exec ls", "echo a"),
        *("'cd' /tmp", "true --help", "kill 1", "test -f x", "[ -f x ]", "time ls"),
    ],
)
def test_what_may_mean_something_to_a_shell_is_left_to_it(script: str) -> None:
    assert plain_words(script) == []


def test_a_list_never_meets_a_shell() -> None:
    assert command_of(Argv(("ls", "*"))) == (["ls", "*"], None)


def test_a_script_can_always_fall_back_on_the_shell() -> None:
    assert command_of(Shell("ls -l")) == (["ls", "-l"], "ls -l")


@pytest.mark.parametrize(
    ("venv", "python"),
    [("", sys.executable), ("/home/ann/v", "/home/ann/v/bin/python")],
)
def test_a_call_is_the_runtime_in_its_interpreter(venv: str, python: str) -> None:
    call = PythonCall("mod:f", msgspec.Raw(b'{"x":"secret"}'), venv)
    command = [python, "-u", RUNTIME, "mod:f", "/run/1.call.json"]
    assert command_of(call, "/run/1.call.json") == (command, None)


def test_what_is_no_command_is_none() -> None:
    assert command_of(Approval("ok?")) is None

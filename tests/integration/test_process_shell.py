"""A script does the same whether or not a shell was spared."""

import subprocess
from pathlib import Path

import pytest

from leo_engine.executors.local_process import LocalProcesses
from leo_engine.state.outcome import Failed
from leo_engine.testing.attempt_requests import attempt_request

SCRIPTS = [
    *("true", "false", "true\n", "  false  ", "", "   ", "\n\n"),
    *("ls", "ls -1 a.txt", "cat a.txt b.txt", "cat 'a b.txt'", 'cat "a b.txt"'),
    *("cat nowhere.txt", "ls *.txt", "cat a.txt | tr a-z A-Z", "exit 7", "echo hi"),
    *(
        "echo -e 'a\\tb'",
        "printf '%s\\n' x",
        "cd sub",
        "cd sub && ls",
        "pwd",
        "env pwd",
    ),
    *("nowhere", "nowhere --flag x", "./nowhere", "sub", "./sub", "./a.txt", "a.txt"),
    *("./plain.sh", "./plain.sh one 'two three'", "./bare.sh one", "./stray.sh"),
    *("sh bare.sh x", "A=1", "A=1 env", "B=2 sh -c 'echo $B'", "printenv PWD"),
    *("sh -c 'exit 200'", "kill -SEGV $$", "exec false"),
    *("'true'", "'./plain.sh' x", "tr''ue", "test -f a.txt", "test -f nowhere", "[ ]"),
    *("true --help", "command true", ": x", ". ./bare.sh", "(exit 4)", "! true"),
    *("for i in 1 2; do echo $i; done", "echo unfinished 'quote", "if", "&&", "#x"),
    *("cat a.txt;", "cat a.txt #x", "cat a.txt > c.txt; cat c.txt", "ls ~nobody", "~"),
    *("printf %s ünï", "printf %s 'ünï'", "ls {a,b}.txt", "readlink /proc/self/fd/0"),
    *("sleep 0", "sleep x", "unset A", "type cat", "umask", "ulimit -c", "alias"),
    *("head -c 3 a.txt", "expr 1 + 1", "expr 1 '*' 3", "basename /x/y.z .z", "uname"),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    found = tmp_path / "place"
    (found / "sub").mkdir(parents=True)
    (found / "sub" / "inner.txt").write_text("inner\n")
    for name in ("a.txt", "b.txt", "a b.txt"):
        (found / name).write_text(f"this is {name}\n")
    for name, text in {
        "plain.sh": '#!/bin/sh\necho "$0" "$#" "$@"\n',
        "bare.sh": 'echo bare "$#" "$@"\nexit 5\n',
        "stray.sh": "#!/no/such/interpreter\n",
    }.items():
        (found / name).write_text(text)
        (found / name).chmod(0o755)
    return found


@pytest.mark.parametrize("script", SCRIPTS)
async def test_a_script_ends_and_prints_as_under_sh(
    executor: LocalProcesses, place: Path, script: str
) -> None:
    request = attempt_request(place, script)
    outcome = await executor.wait(await executor.start(request))
    code = 0
    if isinstance(outcome, Failed):
        code = -outcome.signal if outcome.signal else outcome.exit_code or 0
    reference, printed = under_sh(place, script, dict(request.env))
    assert code == reference
    assert read(request.log_path) == printed


async def test_a_signal_is_told_where_a_shell_would_make_it_a_number(
    executor: LocalProcesses, place: Path
) -> None:
    request = attempt_request(place, "sh -c 'kill -TERM $$'")
    outcome = await executor.wait(await executor.start(request))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "killed by SIGTERM"


async def test_a_clean_environment_finds_programs_where_sh_does(
    executor: LocalProcesses, place: Path
) -> None:
    for number, script in enumerate(("ls", "uname", "nowhere"), start=1):
        request = attempt_request(place, script, attempt=number, clean_env=True)
        outcome = await executor.wait(await executor.start(request))
        reference, printed = under_sh(place, script, {}, path="")
        code = outcome.exit_code if isinstance(outcome, Failed) else 0
        assert (code, read(request.log_path)) == (reference, printed)


def under_sh(
    place: Path, script: str, env: dict[str, str], path: str = "/usr/bin:/bin"
) -> tuple[int, bytes]:
    """Return exit code, negative for a signal, and output."""
    done = subprocess.run(
        ["sh", "-c", script],  # noqa: S607 - it is in `executable`
        executable="/bin/sh",
        cwd=place,
        env={**({"PATH": path} if path else {}), **env, "PWD": str(place)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout


def read(path: str) -> bytes:
    return Path(path).read_bytes()

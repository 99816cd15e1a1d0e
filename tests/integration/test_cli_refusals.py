"""Bad input is refused before anything is stored, with every problem at its place."""

import json
from pathlib import Path

import pytest

from leo_tui import __version__
from leo_tui.cli import entry

TWO_PROBLEMS = """
[tasks.load]
cmd = "true"
depend_on = ["x"]

[tasks.sum]
cmd = "true"
depends_on = ["laod"]
"""


class _Leo:
    """Calls a command and keeps what it wrote."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        """Return the exit code."""
        code = entry.run(arguments)
        self.out, self.err = self._capture.readouterr()
        assert "Traceback" not in self.err
        return code


@pytest.fixture
def leo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> _Leo:
    monkeypatch.chdir(tmp_path)
    return _Leo(capfd)


def test_every_problem_is_told_with_place_excerpt_caret_and_hint(
    leo: _Leo, tmp_path: Path
) -> None:
    (tmp_path / "etl.toml").write_text(TWO_PROBLEMS)
    assert leo("--once") == 2
    assert "etl.toml:4:1: " in leo.err
    assert '    depend_on = ["x"]\n    ^' in leo.err
    assert "depends_on" in leo.err
    assert "laod" in leo.err
    assert leo.err.endswith("2 problems; nothing was started\n")
    assert leo.out == ""
    assert not (tmp_path / ".leo" / "leo.db").exists()


def test_validate_finds_the_same_and_programs_can_read_it(
    leo: _Leo, tmp_path: Path
) -> None:
    (tmp_path / "etl.toml").write_text(TWO_PROBLEMS)
    (tmp_path / "good.toml").write_text('[tasks.a]\ncmd = "true"\n')
    assert leo("validate") == 2
    assert "✓ good  1 task  good.toml" in leo.out
    assert leo("validate", "--json") == 2
    body = json.loads(leo.out)
    assert [dag["name"] for dag in body["dags"]] == ["good"]
    assert [problem["line"] for problem in body["problems"]] == [4, 8]
    assert leo("validate", "good") == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--once"], "no DAG files here"),
        (["-C", "nowhere", "--once"], "no such folder: nowhere"),
        (["--once", "-j", "0"], "-j"),
        (["--once", "-p", "x"], "'x' is not key=value"),
        (["--once", "--strategy", "luck"], "luck"),
        (["rnus"], "Did you mean 'runs'?"),
        (["/"], "'/' is a folder. To open it: leo-tui -C /"),
        (["--once", "/"], "to run all of it: leo-tui -C / --once"),
        (["runs", "--since", "soon"], "'soon' is not a time"),
        (["logs", "x", "-f", "--attempt", "1"], "--follow"),
        ([], "leo-tui --once [DAG]"),
        (["--theme", "dark", "runs"], "--theme is for the screen"),
        (["--web", "--host", "0.0.0.0"], "--insecure"),  # noqa: S104 -- refused
    ],
)
def test_bad_input_is_exit_code_2(leo: _Leo, arguments: list[str], text: str) -> None:
    assert leo(*arguments) == 2
    assert text in leo.err


def test_a_wrong_setting_is_told_before_anything_opens(
    leo: _Leo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "leo-tui").mkdir()
    path = tmp_path / "leo-tui" / "config.toml"
    path.write_text('theme = "drak"\n[keys]\n"task.retry" = "x"\n')
    assert leo() == 2
    assert f"{path}:1:9: 'theme' must be one of dark" in leo.err
    assert f"{path}:3:16: 'x' is also 'task.stop'" in leo.err
    assert not (tmp_path / ".leo").exists()


def test_a_missing_or_misfit_parameter_is_refused(leo: _Leo, tmp_path: Path) -> None:
    (tmp_path / "etl.toml").write_text(
        '[params]\nday = { type = "integer", required = true }\n'
        '[tasks.a]\ncmd = "true"\n'
    )
    assert leo("--once") == 2
    assert "day" in leo.err
    assert leo("--once", "-p", "day=monday") == 2
    assert leo("--once", "-p", "dya=1") == 2
    assert "day" in leo.err


def test_an_executor_that_does_not_exist_yet_is_refused_before_a_start(
    leo: _Leo, tmp_path: Path
) -> None:
    (tmp_path / "etl.toml").write_text('[tasks.a]\nimage = "x"\ncmd = "true"\n')
    assert leo("--once") == 5
    assert "docker" in leo.err


def test_init_writes_once_and_never_over_a_file(leo: _Leo, tmp_path: Path) -> None:
    assert leo("init") == 0
    assert leo.out == "written: dags/hello.toml\nnext: leo-tui --once hello\n"
    path = tmp_path / "dags" / "hello.toml"
    path.write_text("mine")
    assert leo("init") == 2
    assert path.read_text() == "mine"
    assert leo("init", "my flows") == 0
    assert "next: leo-tui -C 'my flows' --once hello" in leo.out


def test_the_version_is_the_packages(leo: _Leo) -> None:
    assert leo("--version") == 0
    assert leo.out == f"leo-tui {__version__}\n"
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert f'version = "{__version__}"' in project or "dynamic" in project


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_completion_script(leo: _Leo, shell: str) -> None:
    assert leo("completion", shell) == 0
    assert "_LEO_TUI_COMPLETE" in leo.out

"""Commands that look at runs and DAG files: what people and what programs get."""

import json
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import jsonschema
import pytest

from leo_command import ENVIRON, LEO
from leo_tui.cli import entry

DAG = """
[tasks.one]
cmd = "echo first; echo second"
estimate = "2s"

[tasks.two]
depends_on = ["one"]
matrix = { shard = ["a", "b"] }
cmd = "echo {{ shard }}"
estimate = "1s"
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which one DAG has run twice."""
    folder = tmp_path_factory.mktemp("dags")
    (folder / "etl.toml").write_text(DAG)
    for _ in range(2):
        subprocess.run(
            [*LEO, "--once"], cwd=folder, env=ENVIRON, check=True, capture_output=True
        )
    return folder


@pytest.fixture
def leo(
    ran: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> "_Leo":
    """Return a way to call commands in that folder, in this process."""
    monkeypatch.chdir(ran)
    return _Leo(capfd)


class _Leo:
    """Calls a command and keeps what it wrote."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.err = ""

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Return standard output of a call that has to end with `code`."""
        found = entry.run(arguments)
        written = self._capture.readouterr()
        self.err = written.err
        assert found == code, written
        return written.out

    def json(self, *arguments: str) -> dict[str, list[dict[str, object]]]:
        """Return the one object that a call wrote, its version checked and dropped."""
        body = json.loads(self(*arguments, "--json"))
        assert body.pop("version") == 1
        return dict(body)


def test_runs_are_listed_newest_first_and_filtered(leo: _Leo) -> None:
    assert len(leo("runs").splitlines()) == 3
    newest, oldest = leo.json("runs")["runs"]
    assert str(newest["run_id"]) > str(oldest["run_id"])
    assert newest["status"] == "succeeded"
    assert "run_key" not in newest
    assert leo.json("runs", "--reverse")["runs"] == [oldest, newest]
    assert leo.json("runs", "--limit", "1")["runs"] == [newest]
    assert leo.json("runs", "--status", "failed")["runs"] == []
    assert leo.json("runs", "--dag", "other")["runs"] == []
    assert leo.json("runs", "--since", "1h")["runs"] == [newest, oldest]


def test_a_run_is_shown_task_by_task(leo: _Leo) -> None:
    text = leo("show", "latest")
    assert "✓ etl  succeeded" in text
    assert "✓  two[shard=a]" in text
    body = leo.json("show", "latest")
    assert [task["task"] for task in body["tasks"]] == [
        "one",
        "two[shard=a]",
        "two[shard=b]",
    ]
    assert len(body["attempts"]) == 3


def test_any_unique_beginning_of_an_id_names_a_run(leo: _Leo) -> None:
    run_id = str(leo.json("runs")["runs"][0]["run_id"])
    assert run_id in leo("show", run_id[:30])


def test_logs_are_printed_by_task_and_cut_to_their_end(leo: _Leo) -> None:
    assert leo("logs", "latest", "one") == "first\nsecond\n"
    assert leo("logs", "latest", "one", "--tail", "1") == "second\n"
    assert leo("logs", "latest").count("── ") == 3
    [log] = leo.json("logs", "latest", "one")["logs"]
    assert Path(str(log["path"])).read_text() == "first\nsecond\n"


def test_two_runs_are_compared(leo: _Leo) -> None:
    newest, oldest = leo.json("runs")["runs"]
    text = leo("diff", str(oldest["run_id"]), str(newest["run_id"]), "--all")
    assert "two[shard=b]" in text
    body = leo.json("diff", str(oldest["run_id"]), "latest")
    assert len(body["tasks"]) == 3


def test_a_run_is_exported(leo: _Leo, tmp_path: Path) -> None:
    assert "etl" in json.dumps(json.loads(leo("export", "latest")))
    archive = tmp_path / "run.tar.gz"
    leo("export", "latest", "--with-logs", "-o", str(archive))
    with tarfile.open(archive) as opened:
        assert any(name.endswith(".log") for name in opened.getnames())


def test_a_run_is_audited(leo: _Leo) -> None:
    assert "nothing to object to" in leo("verify", "latest")
    assert leo.json("verify", "latest")["findings"] == []


def test_the_doctor_reports_what_it_looked_at(leo: _Leo) -> None:
    assert leo("doctor")
    assert leo.json("doctor")["findings"]


def test_a_plan_predicts_order_slots_and_bounds(leo: _Leo) -> None:
    body = json.loads(leo("plan", "etl", "-j", "2", "--json"))
    assert body["lower_bound_ms"] <= body["makespan_ms"]
    assert body["critical_path"][0] == "one"
    starts = [task["start_ms"] for task in body["tasks"]]
    assert starts == sorted(starts)
    assert {task["slot"] for task in body["tasks"]} == {0, 1}
    assert set(body["tasks"][0]) == {"task", "slot", "start_ms", "end_ms"}
    assert "critical path" in leo("plan", "etl")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("ascii", "one\n├─ two[shard=a]\n└─ two[shard=b]\n"),
        ("dot", 'digraph "etl" {'),
        ("mermaid", "flowchart LR"),
    ],
)
def test_a_graph_is_drawn_in_each_form(leo: _Leo, form: str, expected: str) -> None:
    assert expected in leo("graph", "etl", "--format", form)


def test_the_schema_describes_a_dag_file(leo: _Leo) -> None:
    schema = json.loads(leo("schema"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    assert validator(schema).is_valid(tomllib.loads(DAG))
    assert not validator(schema).is_valid({"tasks": {"a": {"comand": "true"}}})


def test_old_runs_are_removed_only_when_a_limit_is_given(leo: _Leo) -> None:
    leo("gc", code=2)
    assert "--keep" in leo.err
    body = leo.json("gc", "--keep", "1", "--dry-run")
    assert len(body["removed"]) == 1
    assert len(leo.json("runs")["runs"]) == 2
    leo("gc", "--older-than", "30", code=2)
    assert "has no unit" in leo.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "ffff"],
        ["logs", "ffff"],
        ["cancel", "ffff"],
        ["diff", "latest", "ffff"],
        ["verify", "ffff"],
        ["export", "ffff"],
        ["logs", "latest", "no such task"],
        ["--once", "no_such_dag"],
        ["graph", "no_such_dag"],
        ["plan", "no_such_dag"],
    ],
)
def test_what_does_not_exist_is_exit_code_4(leo: _Leo, arguments: list[str]) -> None:
    assert leo(*arguments, code=4) == ""
    assert leo.err.startswith("leo-tui: ")


@pytest.mark.parametrize(
    ("arguments", "code", "out"),
    [
        (["resume", "ffff"], 4, ""),
        (["retry", "ffff"], 4, ""),
        (["retry", "latest", "no such task"], 4, ""),
        (["logs", "latest", "one", "--follow"], 0, "first\nsecond\n"),
    ],
)
def test_what_needs_a_loop_answers_as_well(
    ran: Path, arguments: list[str], code: int, out: str
) -> None:
    done = subprocess.run(
        [*LEO, *arguments],
        cwd=ran,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, out)
    assert (code == 0) == (done.stderr == "")


def test_a_list_cut_off_by_its_reader_is_silent(ran: Path) -> None:
    command = f"{sys.executable} -m leo_tui graph etl | head -c 1 >/dev/null"
    done = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"],  # noqa: S607 -- any bash
        cwd=ran,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("leo-tui val", "validate"),
        ("leo-tui graph e", "etl"),
        ("leo-tui --once e", "etl"),
        ("leo-tui --once -p x=1 e", "etl"),
        ("leo-tui logs latest tw", "two[shard=a]"),
        ("leo-tui show l", "latest"),
        ("leo-tui batches l", "latest"),
        ("leo-tui --once etl --only tw", "two[shard=a]"),
        ("leo-tui plan etl --only tw", "two[shard=a]"),
    ],
)
def test_the_shell_completes_commands_dags_runs_and_tasks(
    ran: Path, words: str, expected: str
) -> None:
    environ = {
        "_LEO_TUI_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run(
        LEO,
        cwd=ran,
        env={**ENVIRON, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"plain,{expected}" in done.stdout.splitlines()
    assert done.stderr == ""


def test_show_tells_what_a_task_finds_in_its_environment(leo: _Leo) -> None:
    text = leo("show", "latest", "--env", "two[shard=a]")
    assert text.startswith("two[shard=a], attempt 1\n")
    assert "LEO_DAG=etl   leo-tui" in text
    found = leo.json("show", "latest", "--env", "one")
    values = {one["name"]: one["value"] for one in found["variables"]}
    assert (values["LEO_TASK"], values["LEO_ATTEMPT"]) == ("one", "1")
    assert bool(found["inherits"])
    leo("show", "latest", "--env", "onn", code=4)
    assert "did you mean 'one'?" in leo.err


def test_audit_lists_what_was_deleted_and_why(leo: _Leo) -> None:
    text = leo("audit")
    assert text.count("freed staging") >= 2
    assert "its run succeeded" in text
    entries = leo.json("audit", "--limit", "1")["entries"]
    assert [one["action"] for one in entries] == ["freed staging"]


def test_an_audit_of_a_folder_without_runs_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _Leo(capfd)("audit") == "nothing was deleted or ended\n"
    assert list(tmp_path.iterdir()) == []

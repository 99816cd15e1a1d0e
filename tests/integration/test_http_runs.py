"""HTTP tasks in whole runs, as the command line starts them."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from leo_command import ENVIRON, LEO
from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand
from leo_engine.state.status import RunStatus, TaskStatus
from rude_server import RudeServer

TOKEN = "s3cr3t-value"  # noqa: S105 -- the test looks for it everywhere


async def leo(folder: Path, *arguments: str, **env: str) -> tuple[int, str]:
    """Call the command line beside the server; return its exit code and output."""
    process = await asyncio.create_subprocess_exec(
        *LEO,
        *arguments,
        cwd=folder,
        env={**ENVIRON, "NO_PROXY": "*", **env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, told.decode()


def write(folder: Path, text: str, name: str = "web") -> None:
    (folder / f"{name}.toml").write_text(text)


async def test_a_request_hands_its_json_and_its_last_line_to_a_command(
    tmp_path: Path, server: RudeServer
) -> None:
    write(
        tmp_path,
        f"""
        [params]
        day = "monday"
        [tasks.fetch]
        http = {{ url = "{server.url("/echo")}", params = {{ day = "{{{{ day }}}}" }} }}
        output_schema = {{ type = "object", required = ["target"] }}
        [tasks.lines]
        http = {{ url = "{server.url("/lines")}" }}
        register = "last"
        [tasks.use]
        depends_on = ["fetch", "lines"]
        cmd = "echo {{{{ outputs.fetch.target }}}} $LEO_OUTPUT_FETCH_N {{{{ last }}}}"
        """,
    )
    code, told = await leo(tmp_path, "--once")
    assert code == 0, told
    _, told = await leo(tmp_path, "logs", "last", "use")
    assert told == "/echo?day=monday 1 two 2\n"
    assert (await leo(tmp_path, "verify", "last"))[0] == 0


async def test_siblings_hand_on_a_list_in_their_order(
    tmp_path: Path, server: RudeServer
) -> None:
    write(
        tmp_path,
        f"""
        [tasks.fetch]
        http = {{ url = "{server.url("/echo")}", params = {{ n = "{{{{ n }}}}" }} }}
        matrix = {{ n = [3, 1, 2] }}
        [tasks.use]
        depends_on = ["fetch"]
        cmd = "echo {{{{ outputs.fetch | map(attribute='target') | join(' ') }}}}"
        """,
    )
    code, told = await leo(tmp_path, "--once")
    assert code == 0, told
    assert (await leo(tmp_path, "logs", "last", "use"))[1] == (
        "/echo?n=3 /echo?n=1 /echo?n=2\n"
    )


async def test_a_body_that_does_not_fit_the_schema_fails_the_task(
    tmp_path: Path, server: RudeServer
) -> None:
    write(
        tmp_path,
        f"""
        [tasks.fetch]
        http = {{ url = "{server.url("/echo")}" }}
        output_schema = {{ type = "object", required = ["id"] }}
        """,
    )
    code, told = await leo(tmp_path, "--once")
    assert code == 1
    assert "output does not fit output_schema" in told


async def test_secrets_reach_the_server_and_nothing_else(
    tmp_path: Path, server: RudeServer
) -> None:
    write(
        tmp_path,
        f"""
        [secrets]
        TOKEN = "env:API_TOKEN"
        [defaults]
        retries = 0
        [tasks.fetch]
        http = {{ url = "{server.url("/echo")}?k={{{{ secrets.TOKEN }}}}", \
            auth = {{ bearer = "{{{{ secrets.TOKEN }}}}" }}, \
            headers = {{ X-Stage = "{{{{ env.STAGE }}}}" }} }}
        secrets = ["TOKEN"]
        env = {{ STAGE = "test" }}
        [tasks.fails]
        http = {{ url = "http://{{{{ secrets.TOKEN }}}}.invalid", retries = 0 }}
        secrets = ["TOKEN"]
        """,
    )
    _, told = await leo(tmp_path, "--once", API_TOKEN=TOKEN)
    assert "cannot resolve host '***.invalid'" in told
    (seen,) = server.seen
    assert seen.target == "/echo?k=s3cr3t-value"
    assert seen.headers["authorization"] == "Bearer s3cr3t-value"
    assert seen.headers["x-stage"] == "test"
    for path in (tmp_path / ".leo").rglob("*"):
        if path.is_file():
            assert b"s3cr3t" not in path.read_bytes(), path
            assert path.stat().st_mode & 0o077 == 0, path


async def test_a_host_that_leo_toml_denies_is_not_asked(
    tmp_path: Path, server: RudeServer
) -> None:
    (tmp_path / "leo.toml").write_text('[http]\ndeny = ["127.0.0.1"]\n')
    write(tmp_path, f'[tasks.fetch]\nhttp = {{ url = "{server.url("/echo")}" }}\n')
    code, told = await leo(tmp_path, "--once")
    assert code == 1
    assert "host '127.0.0.1' is denied by leo.toml ([http] deny: '127.0.0.1')" in told
    assert not server.seen


async def test_the_tasks_own_timeout_and_retries_are_kept(
    tmp_path: Path, server: RudeServer
) -> None:
    write(
        tmp_path,
        f"""
        [tasks.hangs]
        http = {{ url = "{server.url("/hang")}" }}
        timeout = "300ms"
        [tasks.again]
        http = {{ url = "{server.url("/flaky/1/500")}", retries = 0 }}
        retries = 1
        """,
    )
    code, told = await leo(tmp_path, "--once")
    assert code == 1
    assert "timed out after 0.3 s" in told
    assert server.count("/flaky/1/500") == 2
    await server.gone.wait()


async def test_ctrl_c_breaks_a_request_off(tmp_path: Path, server: RudeServer) -> None:
    write(tmp_path, f'[tasks.hangs]\nhttp = {{ url = "{server.url("/hang")}" }}\n')
    process = await begun(tmp_path, server)
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
    await server.gone.wait()


async def begun(folder: Path, server: RudeServer) -> asyncio.subprocess.Process:
    """Start a run, and return once its request has arrived."""
    server.arrived.clear()
    process = await asyncio.create_subprocess_exec(
        *LEO,
        "--once",
        cwd=folder,
        env={**ENVIRON, "NO_PROXY": "*"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await server.arrived.wait()
    return process


async def test_a_request_of_a_killed_engine_is_lost_and_made_again(
    tmp_path: Path, server: RudeServer
) -> None:
    write(tmp_path, f'[tasks.hangs]\nhttp = {{ url = "{server.url("/hang")}" }}\n')
    first = await begun(tmp_path, server)
    os.kill(first.pid, signal.SIGKILL)
    await first.wait()
    code, told = await leo(tmp_path, "show", "last")
    assert code == 0
    assert "is gone, and nothing tells how it ended" in told
    second = await begun(tmp_path, server)
    assert len(server.seen) == 2
    _, told = await leo(tmp_path, "show", "last", "--json")
    assert '"attempt":2' in told.replace(" ", "")
    second.send_signal(signal.SIGINT)
    assert await second.wait() == 130
    assert (await leo(tmp_path, "verify", "last"))[0] == 0


@pytest.mark.parametrize(
    ("limits", "table", "told"),
    [
        ("max_in_flight = 2", "", "waits: 2 requests under way, limit 2"),
        (
            "max_per_host = 2",
            "",
            "waits: 2 requests to 127.0.0.1 under way, limit 2",
        ),
        ("", ", max_per_host = 2", "waits: 2 requests to 127.0.0.1 under way, limit 2"),
    ],
)
async def test_requests_over_the_limit_stay_ready_and_say_why(
    tmp_path: Path, server: RudeServer, limits: str, table: str, told: str
) -> None:
    (tmp_path / "leo.toml").write_text(f"[http]\n{limits}\n")
    write(
        tmp_path,
        f"""
        [tasks.hangs]
        http = {{ url = "{server.url("/hang")}"{table} }}
        matrix = {{ n = [1, 2, 3, 4] }}
        """,
    )
    with Engine(settings(str(tmp_path), slots=8)) as engine:
        command = RunCommand(dag=engine.load("web"), params={})
        running = asyncio.ensure_future(engine.run([command]))
        while len(server.seen) < 2:
            await server.arrived.wait()
            server.arrived.clear()
        with Engine(settings(str(tmp_path))) as other:
            view = other.run_detail("last")
        assert [row.status for row in view.tasks].count(TaskStatus.READY) == 2
        assert set(view.waits.values()) == {told}
        assert len(server.seen) == 2
        engine.interrupt()
        (result,) = await running
        assert result.run.status is RunStatus.CANCELLED


async def test_the_limit_holds_for_all_runs_of_a_process_and_nobody_starves(
    tmp_path: Path, server: RudeServer
) -> None:
    (tmp_path / "leo.toml").write_text("[http]\nmax_in_flight = 1\n")
    for name in ("one", "two", "three"):
        write(
            tmp_path,
            f"""
            [tasks.ask]
            http = {{ url = "{server.url("/busy")}" }}
            matrix = {{ n = [1, 2, 3, 4, 5] }}
            """,
            name,
        )
    code, told = await leo(tmp_path, "--once", "-j", "8")
    assert code == 0, told
    assert len(server.seen) == 15
    assert server.most_at_once == 1

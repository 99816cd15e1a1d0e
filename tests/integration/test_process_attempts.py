"""What a task sees and leaves behind when it runs as a process."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from leo_engine.errors import ExecutorUnavailableError, LaunchError
from leo_engine.executors.local_process import LocalProcesses
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.sampling import sample
from leo_engine.executors.warden_link import spawn_warden
from leo_engine.ports import AttemptRequest
from leo_engine.spec.model import Approval
from leo_engine.state.outcome import Failed, Outcome, Succeeded
from leo_engine.testing.attempt_requests import attempt_request, run_of

BASE_ENV = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere"}


@pytest.fixture
async def executor(tmp_path: Path) -> AsyncIterator[LocalProcesses]:
    found = LocalProcesses(record_folder=tmp_path / "records", base_env=BASE_ENV)
    yield found
    await found.aclose()


async def run(executor: LocalProcesses, request: AttemptRequest) -> Outcome:
    return await executor.wait(await executor.start(request))


async def log_of(executor: LocalProcesses, request: AttemptRequest) -> str:
    await run(executor, request)
    return written(request)


async def fails_to_start(executor: LocalProcesses, request: AttemptRequest) -> str:
    with pytest.raises(LaunchError) as caught:
        await executor.start(request)
    return str(caught.value)


async def test_both_streams_go_to_the_log_in_order(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, "echo one; echo two >&2; echo three")
    assert await log_of(executor, request) == "one\ntwo\nthree\n"


async def test_stdout_may_go_to_a_file_of_its_own(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    plain = attempt_request(tmp_path, "echo out; echo err >&2")
    fields = {name: getattr(plain, name) for name in plain.__struct_fields__}
    stdout_path = str(tmp_path / "apart" / "out")
    request = AttemptRequest(**{**fields, "stdout_path": stdout_path})
    assert await log_of(executor, request) == "err\n"
    assert written(request, stdout_path) == "out\n"


async def test_logs_and_records_are_for_their_owner_only(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, "true")
    await run(executor, request)
    records = tmp_path / "records"
    made = [Path(request.log_path), *records.iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    folders = [records, tmp_path / "logs", tmp_path / "logs" / "task"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


async def test_a_task_inherits_three_descriptors_and_an_empty_stdin(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    leaked = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(leaked, True)  # noqa: FBT003 - it has no name
    try:
        listing = attempt_request(tmp_path, ("ls", "/proc/self/fd"), task="ls")
        # The fourth is the folder that ls itself reads.
        assert (await log_of(executor, listing)).split() == ["0", "1", "2", "3"]
    finally:
        os.close(leaked)
    reading = attempt_request(tmp_path, ("cat",), task="cat")
    assert await log_of(executor, reading) == ""


async def test_a_task_leads_a_session_of_its_own(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, ("cat", "/proc/self/stat"))
    handle = await executor.start(request)
    await executor.wait(handle)
    fields = written(request).split()
    pid = str(ProcessHandle.parse(handle).pid)
    assert (fields[0], fields[4], fields[5]) == (pid, pid, pid)


async def test_no_signal_is_blocked_or_ignored_in_a_task(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, ("grep", "^Sig[BI]", "/proc/self/status"))
    lines = (await log_of(executor, request)).splitlines()
    blocked, ignored = (int(line.split()[1], 16) for line in lines)
    # The C library keeps 32 and 33 to itself.
    assert (blocked, ignored & ~(3 << 31)) == (0, 0)


async def test_the_environment_is_the_inherited_one_and_the_own(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, ("env",), env={"HOME": "/mine", "X": "é\n=1"})
    expected = {**BASE_ENV, **request.env, "PWD": str(tmp_path)}
    wanted = "".join(sorted(f"{name}={value}\n" for name, value in expected.items()))
    found = await log_of(executor, request)
    assert sorted(found) == sorted(wanted)


async def test_a_clean_environment_holds_what_is_given_and_nothing_else(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, ("env",), clean_env=True, env={"X": "1"})
    expected = {**request.env, "PWD": str(tmp_path)}
    found = dict(
        line.split("=", 1) for line in (await log_of(executor, request)).splitlines()
    )
    assert found == expected


async def test_arguments_arrive_as_they_are(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    odd = ("", "a b", "*", "$HOME", "ünï→\n", "\udcff")
    request = attempt_request(tmp_path, ("printf", "%s|", *odd))
    await run(executor, request)
    assert os.fsencode(written(request)) == os.fsencode("|".join(odd) + "|")


async def test_an_argument_may_have_128_kib(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    longest = "x" * (128 * 1024 - 1)
    request = attempt_request(tmp_path, ("printf", "%s", longest))
    assert await log_of(executor, request) == longest
    request = attempt_request(tmp_path, ("printf", "%s", longest + "x"))
    assert "argument list too long" in await fails_to_start(executor, request)


async def test_a_misspelt_program_is_named_with_the_nearest(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    (tmp_path / "transmogrify").touch(mode=0o755)
    env = {"PATH": str(tmp_path)}
    request = attempt_request(tmp_path, ("transmogrifi",), env=env)
    assert await fails_to_start(executor, request) == (
        "no such program: 'transmogrifi' (did you mean 'transmogrify'?)"
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("./text",), "not executable, or no permission: './text'"),
        (("./bare",), "'./bare' is no program, and has no #! line"),
        (("./stray",), "the interpreter that './stray' names in its #! line"),
        (("true", "\0"), "holds a NUL"),
        (("",), "no program is named"),
        ((), "no program is named"),
    ],
)
async def test_what_keeps_a_program_from_starting_is_said(
    executor: LocalProcesses, tmp_path: Path, command: tuple[str, ...], said: str
) -> None:
    (tmp_path / "text").touch(mode=0o644)
    bare = tmp_path / "bare"
    bare.write_text("echo hello\n")
    bare.chmod(0o755)
    stray = tmp_path / "stray"
    stray.write_text("#!/no/such/interpreter\n")
    stray.chmod(0o755)
    request = attempt_request(tmp_path, command)
    assert said in await fails_to_start(executor, request)


async def test_a_wrong_folder_is_named(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "nowhere")
    request = attempt_request(tmp_path, "true", working_dir=nowhere)
    assert await fails_to_start(executor, request) == f"no such folder: {nowhere!r}"
    (tmp_path / "file").touch()
    request = attempt_request(tmp_path, "true", working_dir=str(tmp_path / "file"))
    assert (await fails_to_start(executor, request)).startswith("not a folder")


async def test_a_log_that_cannot_be_written_is_named(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    (tmp_path / "logs").touch()
    message = await fails_to_start(executor, attempt_request(tmp_path, "true"))
    assert message.startswith("cannot write the log")


async def test_what_is_no_command_is_refused(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    plain = attempt_request(tmp_path, "true")
    fields = {name: getattr(plain, name) for name in plain.__struct_fields__}
    request = AttemptRequest(**{**fields, "action": Approval("ok?")})
    assert "Approval is not a command" in await fails_to_start(executor, request)


async def test_a_folder_made_anew_between_tasks_is_entered_anew(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    for number in (1, 2):
        place.mkdir()
        request = attempt_request(
            tmp_path, "touch mark", attempt=number, working_dir=str(place)
        )
        await run(executor, request)
        (place / "mark").unlink()
        place.rmdir()


async def test_cpu_and_memory_of_a_task_are_told(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    burn = "x = bytearray(64 << 20)\nfor _ in range(2000000): pass"
    outcome = await run(executor, attempt_request(tmp_path, ("python3", "-c", burn)))
    assert isinstance(outcome, Succeeded)
    assert outcome.usage.cpu_ms > 0
    assert outcome.usage.peak_rss_bytes > 64 << 20


async def test_a_running_session_is_sampled_in_one_pass(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "sleep 600 & sleep 600 & echo ready; wait"
    request = attempt_request(tmp_path, script)
    handle = await executor.start(request)
    await asyncio.to_thread(wait_until, lambda: written(request))
    found = await asyncio.to_thread(sample, [handle, "00000000-1-1:1:1:1"])
    assert list(found) == [handle]
    assert found[handle].process_count == 3
    assert found[handle].rss_bytes > 0
    await executor.stop(handle, 0)
    assert await asyncio.to_thread(sample, [handle]) == {}


async def test_a_grandchild_with_the_output_open_delays_nothing_and_is_stopped(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    request = attempt_request(tmp_path, "sleep 600 & echo $!")
    outcome = await run(executor, request)
    assert isinstance(outcome, Succeeded)
    left = int(written(request))
    await asyncio.to_thread(wait_until, lambda: not is_alive(left))


async def test_output_written_after_the_leader_is_kept(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    script = "(trap 'echo last words; exit' TERM; echo ready; sleep 600 & wait) &\n"
    script += "while ! grep -q ready logs/task/1.log; do :; done"
    request = attempt_request(tmp_path, script)
    await run(executor, request)
    await asyncio.to_thread(wait_until, lambda: "last words" in written(request))


async def test_descriptors_do_not_leak(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    await executor.prepare()
    before = open_count()
    for number in range(500):
        await run(executor, attempt_request(tmp_path, "true", attempt=number))
    assert open_count() == before


async def test_a_thousand_attempts_run_64_at_a_time(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    numbers = iter(range(1_000))
    codes: list[int | None] = []

    async def slot() -> None:
        for number in numbers:
            script = f"exit {number % 7}"
            request = attempt_request(tmp_path, script, task=f"t{number}")
            outcome = await run(executor, request)
            code = outcome.exit_code if isinstance(outcome, Failed) else 0
            codes.append(code if code == number % 7 else None)

    await asyncio.gather(*(slot() for _ in range(64)))
    assert len(codes) == 1_000
    assert None not in codes
    assert len(record_names(tmp_path)) == 2


async def test_few_attempts_make_do_with_one_warden(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    requests = [attempt_request(tmp_path, "true", task=f"t{n}") for n in range(8)]
    await asyncio.gather(*(run(executor, request) for request in requests))
    for number in range(20):
        await run(executor, attempt_request(tmp_path, "true", attempt=number))
    assert len(record_names(tmp_path)) == 1


async def test_a_cancelled_start_leaves_no_process(
    executor: LocalProcesses, tmp_path: Path
) -> None:
    await executor.prepare()
    request = attempt_request(tmp_path, ("sleep", "600"))
    starting = asyncio.ensure_future(executor.start(request))
    # One turn: it is sent, and the answer cannot have come.
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    handle = None
    while handle is None:
        handle = await executor.find(run_of(tmp_path), "task", 1)
    pid = ProcessHandle.parse(handle).pid
    await asyncio.to_thread(wait_until, lambda: not is_alive(pid))


async def test_a_warden_may_be_started_before_the_executor(tmp_path: Path) -> None:
    warden = spawn_warden(str(tmp_path / "records"))
    executor = LocalProcesses(
        record_folder=tmp_path / "records", base_env=BASE_ENV, warden=warden
    )
    handle = await executor.start(attempt_request(tmp_path, "true"))
    assert ProcessHandle.parse(handle).warden[0] == warden.pid
    await executor.wait(handle)
    await executor.aclose()
    assert not is_alive(warden.pid)


async def test_an_unwritable_record_folder_makes_it_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    executor = LocalProcesses(record_folder=tmp_path / "file", base_env=BASE_ENV)
    with pytest.raises(ExecutorUnavailableError, match="Not a directory"):
        await executor.preflight()
    with pytest.raises(ExecutorUnavailableError, match="Not a directory"):
        await executor.start(attempt_request(tmp_path, "true"))
    await executor.aclose()


def written(request: AttemptRequest, path: str = "") -> str:
    return os.fsdecode(Path(path or request.log_path).read_bytes())


def record_names(folder: Path) -> list[str]:
    return [path.name for path in (folder / "records").iterdir()]


def open_count() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def is_alive(pid: int) -> bool:
    try:
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def wait_until(holds: Callable[[], object]) -> None:
    while not holds():
        time.sleep(0.002)

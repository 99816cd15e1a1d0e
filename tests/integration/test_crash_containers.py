"""leo-tui killed in the middle of what it asks of Docker: nothing runs twice or stays.

Every case kills the engine at one call: just before the daemon gets it, which then does
what a dead engine has asked for, or just after the daemon has answered.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from docker_daemon import IMAGE, Daemon, root_file_system
from docker_proxy import DockerProxy
from ledger import Ledger
from place import Place, wait_until
from registry import IMAGE as PULLED_IMAGE, Registry

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(120)]

DAG = """
[defaults]
image = "{image}"
docker = {{ network = "none", volumes = ["{ledger}:{ledger}", "{shell}:{shell}:ro"] }}
retries = 2

[tasks.a]
cmd = ". {shell}; begins; seq 1 2000; sleep 0.3; echo key=value > $LEO_OUTPUT; ends 0"

[tasks.b]
cmd = ". {shell}; begins; sleep 0.2; ends 0"

[tasks.slow]
cmd = ". {shell}; begins; test $LEO_ATTEMPT -gt 1 || sleep 60; ends 0"
timeout = "1500ms"
grace = "1s"

[tasks.last]
depends_on = ["a", "b", "slow"]
cmd = ". {shell}; begins; test $LEO_OUTPUT_A_KEY = value || ends 9; ends 0"
"""
TASKS = ("a", "b", "slow", "last")
CALLS = {
    "pull": r"POST \S*/images/create",
    "create": r"POST \S*/containers/create",
    "start": r"POST \S*/containers/\w+/start",
    "run": r"GET \S*/containers/\w+/logs",
    "stop": r"POST \S*/containers/\w+/kill",
    "remove": r"DELETE \S*/containers/\w+",
}


class World:
    """A folder, and the way from its engines to the daemon."""

    def __init__(self, folder: Path, daemon: Daemon, image: str = IMAGE) -> None:
        self.place = Place(folder / "place")
        self.proxy = DockerProxy(daemon.socket.parent / "proxy.sock", daemon.socket)
        self.place.environ["DOCKER_HOST"] = self.proxy.url
        self.daemon = daemon
        ledger: Ledger = self.place.ledger
        ledger.path.chmod(0o666)
        text = DAG.format(image=image, ledger=ledger.path, shell=ledger.shell)
        self.place.write_dag(text)

    def containers(self) -> list[str]:
        """Return what is left of the folder's containers."""
        wanted = {"label": [f"leo.folder={self.place.dags / '.leo'}"]}
        with self.daemon.client() as client:
            found = client.containers(all=True, filters=wanted)
        return [f"{one['Names'][0]} {one['Status']}" for one in found]

    def complaints(self) -> Iterator[str]:
        """Yield what is wrong once the run has ended."""
        stored = self.place.stored()
        (run,) = stored.runs
        if run.status != "succeeded":
            yield f"the run {run.status}"
        began, _ = self.place.ledger.read()
        for attempt, count in Counter(one.attempt for one in began).items():
            if count > 1:
                yield f"{attempt} began {count} times"
        for task in TASKS:
            rows = [row for row in stored.attempts(run.run_id) if row.task == task]
            good = [row.number for row in rows if row.outcome == "succeeded"]
            if len(good) != 1:
                yield f"{task} succeeded {len(good)} times"
        yield from (f"left: {one}" for one in self.containers())
        yield from self._torn_log(run.run_id)

    def _torn_log(self, run_id: str) -> Iterator[str]:
        number = next(
            row.number
            for row in self.place.stored().attempts(run_id)
            if (row.task, row.outcome) == ("a", "succeeded")
        )
        (log,) = self.place.dags.glob(f".leo/runs/*/a/{number}.log")
        whole = ["a", str(number), "begins", *map(str, range(1, 2001))]
        found = [
            word
            for line in log.read_text().splitlines()
            if not line.startswith("[pull ")
            for word in line.split()
        ]
        if found != whole:
            yield f"the log of a has {len(found)} words of {len(whole)}: {found[-5:]}"


@pytest.fixture
def pulled(tmp_path: Path, daemon: Daemon) -> Iterator[str]:
    """Serve an image that the daemon does not have, slowly; return its name."""
    layer = tmp_path / "layer.tar"
    layer.write_bytes(root_file_system())
    registry = Registry(daemon.pid, layer, "0.3")
    yield PULLED_IMAGE
    registry.close()
    with daemon.client() as client:
        for image in client.images(PULLED_IMAGE):
            client.remove_image(image["Id"], force=True)


@pytest.fixture
def world(
    request: pytest.FixtureRequest, tmp_path: Path, daemon: Daemon
) -> Iterator[World]:
    is_pulled = request.node.callspec.params["call"] == "pull"
    image = request.getfixturevalue("pulled") if is_pulled else IMAGE
    made = World(tmp_path, daemon, image)
    yield made
    made.place.clear()
    made.proxy.close()
    (daemon.socket.parent / "proxy.sock").unlink()


@pytest.mark.parametrize("answered", [False, True], ids=["asked", "answered"])
@pytest.mark.parametrize("call", CALLS)
def test_an_engine_killed_at_a_call_leaves_a_run_that_another_ends(
    world: World,
    call: str,
    answered: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    place = world.place
    leo = place.start("--once", "-j", "3")
    world.proxy.expect(CALLS[call], leo.kill, answered=answered)
    assert world.proxy.has_come.wait(30), place.last_words()
    leo.wait()
    status = place.stored().runs[0].status if place.stored().runs else ""
    command = ("resume", "last") if status == "succeeded" else ("--once", "-j", "3")
    assert place.leo(*command) == 0, place.last_words()
    wait_until(lambda: not world.containers(), 5)
    complaints = list(world.complaints())
    assert not complaints, "\n".join([*complaints, place.last_words()])

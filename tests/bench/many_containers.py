"""What running tasks in containers costs over asking the daemon oneself.

200 containers of `true`, 8 in flight: by the bare client in threads (create, start,
follow the output, wait, remove), and as a run of leo-tui, in turns. The ratio of the
medians is to be at most 1.3.

    python tests/bench/many_containers.py [COUNT] [ROUNDS]
"""

import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from docker_daemon import IMAGE, Daemon, private_daemon
from leo_command import ENVIRON, LEO

IN_FLIGHT = 8
MOST = 1.3
DAG = """
[tasks.t]
image = "{image}"
docker.network = "none"
cmd = ["true"]
matrix = {{ n = [{numbers}] }}
"""


def bare(daemon: Daemon, count: int) -> float:
    """Return how long the bare client takes."""
    with daemon.client() as client, ThreadPoolExecutor(IN_FLIGHT) as threads:

        def one(number: int) -> int:
            config = client.create_host_config(network_mode="none", init=True)
            name = f"bare-{time.monotonic_ns()}-{number}"
            made = client.create_container(
                IMAGE, ["true"], host_config=config, name=name
            )
            client.start(made["Id"])
            for _ in client.logs(made["Id"], stream=True, follow=True):
                pass
            code = int(client.wait(made["Id"])["StatusCode"])
            client.remove_container(made["Id"])
            return code

        began = time.perf_counter()
        assert not any(threads.map(one, range(count)))
        return time.perf_counter() - began


def ours(daemon: Daemon, count: int, folder: Path) -> float:
    """Return how long a run takes, all of the process included."""
    numbers = ", ".join(map(str, range(count)))
    (folder / "many.toml").write_text(DAG.format(image=IMAGE, numbers=numbers))
    began = time.perf_counter()
    subprocess.run(
        [*LEO, "--once", "-j", str(IN_FLIGHT), "--new"],
        cwd=folder,
        env={**ENVIRON, "DOCKER_HOST": daemon.url},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def main(count: int, rounds: int) -> int:
    """Print both times and their ratio; return 1 when it is too large."""
    for daemon in private_daemon():
        bare(daemon, IN_FLIGHT)
        times: list[tuple[float, float]] = []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                pair = bare(daemon, count), ours(daemon, count, Path(folder))
            times.append(pair)
            print(f"bare {pair[0]:.1f} s, leo-tui {pair[1]:.1f} s")
        plain, whole = (statistics.median(side) for side in zip(*times, strict=True))
        ratio = whole / plain
        print(f"{count} containers, {IN_FLIGHT} in flight: {ratio:.2f} (most {MOST})")
        return int(ratio > MOST)
    return 1


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*(given + [200, 3][len(given) :])))

"""What 2,000 HTTP tasks cost beside the bare client that asks the same.

Run it: `python tests/bench/http_calls.py [--calls 2000] [--flight 64] [--rounds 5]`.
Both ask a server on loopback, a process of its own, in turns, through as large a pool
of connections; the ratio is that of the medians. Ours is a whole run of `leo-tui`:
journal, logs, outputs and all, in memory (/dev/shm), from a started engine to a stored
end.
"""

import argparse
import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand
from leo_engine.state.status import RunStatus
from rude_server import RudeServer


def serve(port: Connection) -> None:
    """Answer until the process is ended; tell the port first."""

    async def forever() -> None:
        async with RudeServer() as server:
            port.send(server.port)
            await asyncio.Event().wait()

    asyncio.run(forever())


async def bare(url: str, calls: int, flight: int) -> None:
    """Ask by httpx alone."""
    numbers = iter(range(calls))
    async with httpx.AsyncClient(
        limits=httpx.Limits(max_connections=flight, max_keepalive_connections=flight),
        timeout=30,
    ) as client:

        async def ask() -> None:
            for number in numbers:
                answer = await client.get(url, params={"n": number})
                answer.raise_for_status()
                answer.json()

        await asyncio.gather(*(ask() for _ in range(flight)))


async def ours(folder: str, flight: int) -> float:
    """Ask by a run; return its seconds. Ends the program when a task has failed."""
    with Engine(settings(folder, slots=flight)) as engine:
        command = RunCommand(dag=engine.load("calls"), params={})
        began = time.perf_counter()
        (result,) = await engine.run([command])
        took = time.perf_counter() - began
    if result.run.status is not RunStatus.SUCCEEDED:
        sys.exit(f"the run has {result.run.status}: {result.failed[:3]}")
    return took


def run_of(url: str, calls: int, flight: int) -> float:
    """Return the seconds that a run of as many tasks takes."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 -- as said
    asked = f'url = "{url}", params = {{ n = "{{{{ n }}}}" }}'
    with tempfile.TemporaryDirectory(prefix="leo-bench-", dir=memory) as folder:
        limits = f"max_in_flight = {flight}\nmax_per_host = {flight}\n"
        Path(folder, "leo.toml").write_text(f"[http]\n{limits}")
        Path(folder, "calls.toml").write_text(
            f"[tasks.call]\nhttp = {{ {asked} }}\n"
            f"matrix = {{ n = {list(range(calls))} }}\n"
        )
        return asyncio.run(ours(folder, flight))


def main() -> None:
    """Measure one and the other in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--flight", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    print(f"python {sys.version.split()[0]}, {len(os.sched_getaffinity(0))} cores")
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,))
    server.start()
    url = f"http://127.0.0.1:{here.recv()}/echo"
    bare_s: list[float] = []
    ours_s: list[float] = []
    for _ in range(args.rounds):
        began = time.perf_counter()
        asyncio.run(bare(url, args.calls, args.flight))
        bare_s.append(time.perf_counter() - began)
        ours_s.append(run_of(url, args.calls, args.flight))
        print(f"bare httpx {bare_s[-1]:6.2f} s   leo-tui {ours_s[-1]:6.2f} s")
    server.terminate()
    ratio = statistics.median(ours_s) / statistics.median(bare_s)
    print(f"{args.calls} calls, {args.flight} in flight: {ratio:.2f} times httpx alone")


if __name__ == "__main__":
    main()

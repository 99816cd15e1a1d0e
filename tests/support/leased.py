"""An engine whose leases are short: `python leased.py FOLDER DAG LEASE_MS`.

Runs the DAG to its end and prints one JSON object about each result.
"""

import asyncio
import json
import sys

import msgspec

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand


def main(folder: str, name: str, lease_ms: int) -> None:
    """Run a DAG with its default parameters."""
    short = msgspec.structs.replace(settings(folder, slots=4), lease_ms=lease_ms)
    with Engine(short) as engine:
        loaded = engine.load(name)
        params = engine.bind_params(loaded.dag, {})
        for result in asyncio.run(engine.run([RunCommand(dag=loaded, params=params)])):
            told = {
                "run": result.run.run_id,
                "status": str(result.run.status),
                "followed": result.followed,
                "adopted": result.adopted,
            }
            print(json.dumps(told), flush=True)  # noqa: T201 -- its answer


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

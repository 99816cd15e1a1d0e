"""How near the planned makespan is to what no schedule can beat.

Run it: `python tests/bench/plan_quality.py FOLDER ...`, with folders of DAG files whose
tasks have estimates. Without a folder it makes random layered DAGs. For 2, 8 and 32
slots it prints makespan / max(critical path, total / slots) of each DAG, and the mean.
"""

import random
import statistics
import sys
import tempfile
from pathlib import Path

from leo_engine.app import Engine, settings

SLOTS = (2, 8, 32)


def random_dag(seed: int) -> str:
    """Return a DAG file of 150 tasks in layers, with estimates of three magnitudes."""
    chance = random.Random(seed)
    lines = [f'name = "random-{seed}"']
    width = chance.choice((5, 15, 50))
    for number in range(150):
        first = (number // width - 1) * width
        needs = [first + chance.randrange(width) for _ in range(3)]
        needs = needs if first >= 0 else []
        estimate_s = round(chance.lognormvariate(1, 1.2), 3)
        lines.append(f'[tasks.t{number}]\ncmd = "true"\nestimate = "{estimate_s}s"')
        if needs:
            lines.append(f"depends_on = {[f't{need}' for need in sorted(set(needs))]}")
    return "\n".join(lines) + "\n"


def ratios(folder: Path) -> list[float]:
    """Print and return the ratios of every DAG of a folder."""
    found = []
    with Engine(settings(str(folder))) as engine:
        for loaded in engine.load_all().dags:
            plans = [engine.plan(loaded.dag, slots=slots) for slots in SLOTS]
            row = [plan.makespan_ms / plan.lower_bound_ms for plan in plans]
            print(f"{loaded.dag.name[:50]:50}", *(f"{ratio:8.3f}" for ratio in row))
            found += row
    return found


def main() -> None:
    """Print the table and the mean."""
    print(f"{'makespan / lower bound':50}", *(f"{slots:8}" for slots in SLOTS))
    folders = [Path(name) for name in sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="leo-plans-") as made:
        if not folders:
            for seed in range(8):
                Path(made, f"random-{seed}.toml").write_text(random_dag(seed))
            folders = [Path(made)]
        found = [ratio for folder in folders for ratio in ratios(folder)]
    print(f"mean of {len(found)}: {statistics.mean(found):.4f}")


if __name__ == "__main__":
    main()

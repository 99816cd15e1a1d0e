"""DAGs of no-op tasks in the formats of leo-tui, make and ninja."""

import random
from pathlib import Path

SHAPES = ("wide", "chain", "layered")


def upstream(
    shape: str, count: int, *, layers: int = 20, deps: int = 5
) -> list[list[int]]:
    """Return each task's upstream; every number is lower than the task's own.

    layered: `count / layers` tasks a layer, each needing `deps` of the layer before.
    """
    if shape == "wide":
        return [[] for _ in range(count)]
    if shape == "chain":
        return [[number - 1] if number else [] for number in range(count)]
    chance = random.Random(1)
    width = count // layers
    edges: list[list[int]] = []
    for number in range(count):
        first = (number // width - 1) * width
        edges.append(
            sorted(chance.sample(range(first, first + width), deps))
            if first >= 0
            else []
        )
    return edges


def write_all(folder: Path, edges: list[list[int]], command: str) -> None:
    """Write `dags/bench.toml`, `Makefile` and `build.ninja` for one DAG."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dags").mkdir(exist_ok=True)
    (folder / "dags" / "bench.toml").write_text(_toml(edges, command))
    (folder / "Makefile").write_text(_makefile(edges, command))
    (folder / "build.ninja").write_text(_ninja(edges, command))


def _toml(edges: list[list[int]], command: str) -> str:
    parts = ['name = "bench"\n']
    for number, needs in enumerate(edges):
        parts.append(f'[tasks.t{number}]\ncmd = "{command}"\n')
        if needs:
            names = ", ".join(f'"t{need}"' for need in needs)
            parts.append(f"depends_on = [{names}]\n")
    return "".join(parts)


def _makefile(edges: list[list[int]], command: str) -> str:
    names = " ".join(f"t{number}" for number in range(len(edges)))
    rules = (
        f"t{number}: {' '.join(f't{need}' for need in needs)}\n\t@{command}\n"
        for number, needs in enumerate(edges)
    )
    return f".PHONY: all {names}\nall: {names}\n" + "".join(rules)


def _ninja(edges: list[list[int]], command: str) -> str:
    lines = [f"rule run\n  command = {command}\n"]
    for number, needs in enumerate(edges):
        after = f" | {' '.join(f't{need}' for need in needs)}" if needs else ""
        lines.append(f"build t{number}: run{after}\n")
    names = " ".join(f"t{number}" for number in range(len(edges)))
    return "".join(lines) + f"build all: phony {names}\ndefault all\n"

"""DAGs of real processes, drawn by chance: they sleep, write, fork, fail and hide."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple


class ChanceDag(NamedTuple):
    """A DAG file, and what the audit has to know of it."""

    text: str
    upstream: dict[str, list[str]]
    may_fail: frozenset[str]
    """Tasks whose failure does not count."""


def chance_dag(chance: Random, tasks: int, *, shell: str) -> ChanceDag:
    """Draw a DAG; `shell` is the path of the ledger's functions."""
    parts: list[str] = []
    upstream: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    for number in range(tasks):
        name = f"t{number}"
        kind = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if kind == "slow" and "slow" in kinds.values():
            kind = "sleep"
        near = [f"t{one}" for one in range(max(0, number - 6), number)]
        needs = chance.sample(near, min(len(near), chance.choice((0, 1, 1, 2))))
        upstream[name], kinds[name] = sorted(needs), kind
        checks = "".join(_check(one, kinds[one]) for one in needs)
        keys, script = _RECIPES[kind](chance, name)
        parts.append(f"[tasks.{name}]\n{keys}")
        parts.append(f"depends_on = {needs!r}\n" if needs else "")
        parts.append(f"cmd = '''\n. {shell}; begins\n{checks}{script}\n'''\n")
    may_fail = frozenset(name for name, kind in kinds.items() if kind == "fails")
    return ChanceDag("".join(parts), upstream, may_fail)


def _check(task: str, kind: str) -> str:
    """Return shell lines that fail when what a task handed on has not arrived."""
    number = task.removeprefix("t")
    if kind == "output":
        return f'test "$LEO_OUTPUT_T{number}_KEY" = "value of {task}" || ends 99\n'
    if kind == "register":
        return f"test {{{{ r{number} }}}} = 'last of {task}' || ends 99\n"
    return ""


def _pause(chance: Random) -> str:
    return f"{chance.choice((0.01, 0.05, 0.1, 0.2, 0.4)):.2f}"


def _quick(_: Random, __: str) -> tuple[str, str]:
    return "", "ends 0"


def _sleep(chance: Random, _: str) -> tuple[str, str]:
    return "", f"sleep {_pause(chance)}; ends 0"


def _write(chance: Random, name: str) -> tuple[str, str]:
    file = f'"$LEO_STAGING"/{name}'
    lines = f"seq 1 {chance.choice((10, 5000))}"
    return "", f"{lines} | tee {file} && sleep {_pause(chance)} && ends 0; ends 98"


def _fork(chance: Random, _: str) -> tuple[str, str]:
    """Leave a child in its group, and wait for another."""
    pause = _pause(chance)
    return "", f"sleep 600 &\n(sleep {pause}; echo grandchild) & wait $!\nends 0"


def _hide(chance: Random, _: str) -> tuple[str, str]:
    """Leave a grandchild in a session of its own."""
    return "", f"setsid sleep 600 &\nsleep {_pause(chance)}; ends 0"


def _retry(chance: Random, _: str) -> tuple[str, str]:
    keys = f"retries = 4\nretry_delay = '{chance.choice((0, 20, 150))}ms'\n"
    script = f"sleep {_pause(chance)}\ntest $((LEO_ATTEMPT % 2)) = 0 || ends 3\nends 0"
    return keys, script


def _crash(chance: Random, _: str) -> tuple[str, str]:
    script = f"sleep {_pause(chance)}\ntest $((LEO_ATTEMPT % 2)) = 0 || dies 11\nends 0"
    return "retries = 4\n", script


def _slow(_: Random, __: str) -> tuple[str, str]:
    keys = "retries = 4\ntimeout = '1500ms'\n"
    return keys, "test $((LEO_ATTEMPT % 2)) = 0 || sleep 60\nends 0"


def _output(chance: Random, name: str) -> tuple[str, str]:
    script = f'echo "key=value of {name}" > "$LEO_OUTPUT"'
    return "", f"{script}\nsleep {_pause(chance)}; ends 0"


def _register(chance: Random, name: str) -> tuple[str, str]:
    number = name.removeprefix("t")
    script = f"echo 'last of {name}'; sleep {_pause(chance)}; ends 0"
    return f"register = 'r{number}'\n", script


def _fails(chance: Random, _: str) -> tuple[str, str]:
    return "ignore_failure = true\n", f"sleep {_pause(chance)}; ends 7"


_RECIPES: dict[str, Callable[[Random, str], tuple[str, str]]] = {
    "quick": _quick,
    "sleep": _sleep,
    "write": _write,
    "fork": _fork,
    "hide": _hide,
    "retry": _retry,
    "crash": _crash,
    "slow": _slow,
    "output": _output,
    "register": _register,
    "fails": _fails,
}
"""{kind: function from chance and the task's name to its keys and its script}."""
_WEIGHTS = {
    **dict.fromkeys(("quick", "sleep", "output", "register", "retry"), 3),
    **dict.fromkeys(("write", "fork", "hide", "crash", "fails"), 2),
    "slow": 1,
}

"""What programs get: one JSON object, its shape numbered by `version`."""

from collections.abc import Mapping

import msgspec

from leo_engine.ports import RunRow
from leo_tui.headless.terminal import Terminal

VERSION = 1
_INTERNAL = frozenset({"run_key", "concurrency_key", "input_hash"})


def emit(out: Terminal, body: Mapping[str, object]) -> None:
    """Write one object with `version` as its first key; indented on a terminal."""
    encoded = msgspec.json.encode({"version": VERSION, **body})
    if out.is_tty:
        encoded = msgspec.json.format(encoded, indent=2)
    out.write(f"{encoded.decode()}\n")


def run_object(run: RunRow) -> dict[str, object]:
    """Return a run without what only the store understands."""
    fields = msgspec.structs.asdict(run)
    return {name: fields[name] for name in fields if name not in _INTERNAL}

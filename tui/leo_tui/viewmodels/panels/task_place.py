"""Where a task is declared in its file, so that an editor opens there."""

import re

_NAMED = (
    r'^\s*\[tasks\.(?:"{name}"|\'{name}\'|{name})[.\]]',  # TOML table
    r'^\s*(?:"{name}"|\'{name}\'|{name})\s*[:=]',  # YAML key, TOML inline table
    r'["\']{name}["\']',  # a script's string
)


def task_line(source: str, declared_name: str) -> int:
    """Return the line, from 1, on which a task is declared; 1 when it is not found.

    A guess from the text, the likeliest way of writing first: an editor needs no more.
    """
    name = re.escape(declared_name)
    for pattern in _NAMED:
        found = re.search(pattern.replace("{name}", name), source, re.MULTILINE)
        if found is not None:
            return source.count("\n", 0, found.start()) + 1
    return 1

"""What a Python file imports, read from its text: nothing is executed."""

import ast
import re
from collections.abc import Iterator

_STATEMENT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<dots>\.*)(?P<of>[\w.]*)[ \t]+import[ \t]+"
    r"(?P<names>\([^)]*\)|[^\n#]*)|import[ \t]+(?P<modules>[^\n#]*))",
    re.MULTILINE,
)
_WORD = re.compile(r"[\w.]+")


def imports_of(text: str, package: str) -> frozenset[str]:
    """Return the dotted names that a file may import as modules.

    `package` is what the file's relative imports start from. Of `from a import b` both
    `a` and `a.b` are named: b may be a module. Imports inside functions count as well;
    those that a program puts together as it runs cannot be seen.
    """
    try:
        found = _parsed(ast.parse(text), package)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Wrong, or of another Python than this one: the task's own will say which.
        found = _guessed(text, package)
    return frozenset(name for name in found if name)


def _parsed(tree: ast.Module, package: str) -> Iterator[str]:
    for part in ast.walk(tree):
        if isinstance(part, ast.Import):
            yield from (alias.name for alias in part.names)
        elif isinstance(part, ast.ImportFrom):
            names = [alias.name for alias in part.names]
            yield from _from(package, part.level, part.module or "", names)


def _guessed(text: str, package: str) -> Iterator[str]:
    for match in _STATEMENT.finditer(text):
        if match["modules"]:
            for piece in match["modules"].split(","):
                yield from _WORD.findall(piece)[:1]
        elif match["names"]:
            pieces = match["names"].strip("()").split(",")
            names = [word for piece in pieces for word in _WORD.findall(piece)[:1]]
            yield from _from(package, len(match["dots"]), match["of"], names)


def _from(package: str, level: int, module: str, names: list[str]) -> Iterator[str]:
    """Yield the modules that `from <dots><module> import <names>` may mean."""
    base = module
    if level:
        parts = package.split(".") if package else []
        if level - 1 > len(parts):
            return
        kept = parts[: len(parts) - (level - 1)]
        base = ".".join([*kept, module] if module else kept)
    yield base
    for name in names:
        if name != "*":
            yield f"{base}.{name}" if base else name

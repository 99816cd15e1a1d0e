"""What stands in a folder without DAG files."""

from collections.abc import Sequence
from pathlib import Path

from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.spans import Line, Span, line

_PATTERNS = "*.toml *.yaml *.yml *.dag.py"


def empty_folder_lines(folder: str, skipped: Sequence[tuple[Path, str]]) -> list[Line]:
    """Return what was looked for, and the ways out; `folder` as people write it."""
    files = counted(len(skipped), "file")
    found = f" ({files} skipped: not DAGs, enter shows why)" if skipped else ""
    ways = {
        "+": "write a sample DAG here and open it",
        "o": "open another folder",
        "?": "keys and a five-minute tour",
    }
    return [
        (),
        line(f" No DAG files in {sanitize(folder)}"),
        (),
        line(Span(f" looked for {_PATTERNS}{found}", Style.DIM)),
        (),
        *(
            line(" ", Span(key, Style.ACCENT), f"   {text}")
            for key, text in ways.items()
        ),
    ]

"""The command line of this checkout as a process: what to call, and where."""

import os
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]

LEO = [sys.executable, "-m", "leo_tui"]
ENVIRON = {
    **os.environ,
    "PYTHONPATH": f"{_ROOT / 'tui'}{os.pathsep}{_ROOT / 'engine'}",
}
TERMINAL_ENVIRON = {
    **{name: text for name, text in ENVIRON.items() if name != "NO_COLOR"},
    "TERM": "xterm-256color",
}
"""Of somebody who sits at a terminal that can do everything."""

"""Who asks for something, for the record."""

import os


def caller() -> str:
    """Return the name of whoever has started this process; not proof of anything."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or f"uid {os.getuid()}"

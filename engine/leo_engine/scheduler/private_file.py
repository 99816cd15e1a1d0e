"""Files that only their owner may read."""

import os


def write_private(path: str, content: bytes) -> None:
    """Write a file that only its owner may read, making its folder when needed."""
    folder = os.path.dirname(path)  # noqa: PTH120 -- text in, text out
    os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 -- hot path
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)

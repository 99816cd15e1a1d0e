"""Amounts of memory and disk as people write them, to bytes.

`KB MB GB TB` are powers of 1000, `KiB MiB GiB TiB` and, as Docker reads them, the bare
letters `k m g t` are powers of 1024.
"""

import re

_DECIMAL = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_BINARY = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_UNIT_BYTES = {
    "": 1,
    "b": 1,
    **_DECIMAL,
    **_BINARY,
    **{f"{letter}ib": factor for letter, factor in _BINARY.items()},
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.ASCII)
_LARGEST_BYTES = 2**60


def parse_size_bytes(written: str | float) -> int:
    """Return bytes for `"2GB"`, `"512MiB"`, `"1g"` or a number of bytes.

    Raises:
        ValueError: it is not a size; the message says what one looks like.
    """
    if isinstance(written, str):
        match = _SIZE.fullmatch(written.strip().lower())
        if match is None or match[2] not in _UNIT_BYTES:
            raise ValueError(
                f"{written[:40]!r} is not a size; write it like '2GB' or '512MiB'"
            )
        size = float(match[1]) * _UNIT_BYTES[match[2]]
    else:
        size = float(written)
    if not 0 <= size <= _LARGEST_BYTES:
        raise ValueError(f"a size is between 0 and 1 EiB, not {written!r}")
    return int(size)

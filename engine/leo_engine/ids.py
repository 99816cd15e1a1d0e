"""Names that identify things: run ids, task ids, their form as a file name. Pure."""

import hashlib
import re
from typing import NewType

TaskId = NewType("TaskId", str)
"""Id of a task inside its DAG, matrix values included: `load[shard=a]`."""

RunId = NewType("RunId", str)
"""UUIDv7 as 32 lower-case hexadecimal digits with dashes: sorts by creation."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_.\-=\[\],]")
_LONGEST_SEGMENT = 120


def run_id(at_ms: int, random_bits: int) -> RunId:
    """Return a UUIDv7 made of a wall-clock time and at least 74 random bits.

    Source: RFC 9562, section 5.7.
    """
    value = (at_ms & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | (random_bits >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | random_bits & 0x3FFF_FFFF_FFFF_FFFF
    digits = f"{value:032x}"
    return RunId(
        "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    )


def path_segment(task_id: str) -> str:
    """Return `task_id` as one file name: itself, or made harmless and hashed."""
    if (
        len(task_id) <= _LONGEST_SEGMENT
        and not _UNSAFE.search(task_id)
        and task_id.strip(".")
    ):
        return task_id
    digest = hashlib.blake2b(
        task_id.encode(errors="surrogatepass"), digest_size=8
    ).hexdigest()
    return f"{_UNSAFE.sub('_', task_id)[:60]}~{digest}"

"""What a file's validity depends on and the file itself does not say."""

from collections.abc import Callable
from dataclasses import dataclass


def _any_timezone(_name: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The folder and the machine, as far as validation asks about them."""

    pools: frozenset[str] = frozenset()
    """Pools that `leo.toml` declares."""
    is_timezone: Callable[[str], bool] = _any_timezone
    """Whether the machine knows a time zone; looking it up reads files."""

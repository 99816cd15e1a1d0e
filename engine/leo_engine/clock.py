"""The real clock: the one place that asks the operating system for the time."""

import time


class SystemClock:
    """Wall and monotonic time of this machine, in milliseconds."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """Return milliseconds of a clock that never jumps."""
        return time.monotonic_ns() // 1_000_000

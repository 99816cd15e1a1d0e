"""What the machine as a whole does, from one sample to the next."""

from leo_engine.ports import Clock, HostSample


class HostSampler:
    """Remembers the last sample. About half a millisecond each; psutil comes lazily."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at_ms: int | None = None
        self._disk_bytes = self._net_bytes = 0

    def sample(self) -> HostSample:
        """Return what happened since the last call."""
        import psutil  # noqa: PLC0415 -- 15 ms that only meters are worth

        disk_bytes = _total(psutil.disk_io_counters(), "read_bytes", "write_bytes")
        net_bytes = _total(psutil.net_io_counters(), "bytes_recv", "bytes_sent")
        memory = psutil.virtual_memory()
        now_ms = self._clock.monotonic_ms()
        cpu_percent = psutil.cpu_percent(None)
        is_first = self._at_ms is None
        found = HostSample(
            period_ms=0 if self._at_ms is None else now_ms - self._at_ms,
            # Before there is a last time it is the time since the machine began.
            cpu_percent=0.0 if is_first else cpu_percent,
            memory_used_bytes=memory.total - memory.available,
            memory_total_bytes=memory.total,
            disk_bytes=0 if is_first else max(0, disk_bytes - self._disk_bytes),
            net_bytes=0 if is_first else max(0, net_bytes - self._net_bytes),
        )
        self._at_ms, self._disk_bytes = now_ms, disk_bytes
        self._net_bytes = net_bytes
        return found


def _total(counters: object, *names: str) -> int:
    """Return a sum; 0 for counters that the system hides, in some containers say."""
    return sum(int(getattr(counters, name, 0)) for name in names)

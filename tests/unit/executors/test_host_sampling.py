"""The machine as a whole, from one sample to the next."""

from types import SimpleNamespace

import pytest

from leo_engine.executors.host_sampling import HostSampler
from leo_engine.testing.fake_clock import FakeClock


async def test_counters_are_told_as_what_they_grew_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = SimpleNamespace(read_bytes=1_000, write_bytes=10)
    net = SimpleNamespace(bytes_recv=500, bytes_sent=5)
    monkeypatch.setattr("psutil.disk_io_counters", lambda: disk)
    monkeypatch.setattr("psutil.net_io_counters", lambda: net)
    clock = FakeClock()
    sampler = HostSampler(clock)
    assert sampler.sample().disk_bytes == 0
    await clock.advance(1_500)
    disk.read_bytes, net.bytes_sent = 3_000, 35
    second = sampler.sample()
    assert (second.period_ms, second.disk_bytes, second.net_bytes) == (1_500, 2_000, 30)
    disk.read_bytes = 0
    assert sampler.sample().disk_bytes == 0


def test_counters_that_are_hidden_count_as_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("psutil.disk_io_counters", lambda: None)
    monkeypatch.setattr("psutil.net_io_counters", lambda: None)
    sampler = HostSampler(FakeClock())
    sampler.sample()
    assert (sampler.sample().disk_bytes, sampler.sample().net_bytes) == (0, 0)

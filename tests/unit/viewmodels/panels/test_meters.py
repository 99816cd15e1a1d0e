"""What the machine and the tasks use, kept within bounds."""

import pytest

from harmless_lines import check_lines
from leo_engine.ports import HostSample, ResourceSample
from leo_tui.viewmodels.panels.meter_lines import meters_page
from leo_tui.viewmodels.panels.meters import Meters
from leo_tui.viewmodels.panels.page import TaskTarget
from leo_tui.viewmodels.panels.samples import (
    RECENT,
    LongHistory,
    Rate,
    Recent,
    WorkSample,
)
from leo_tui.viewmodels.spans import text_of
from run_story import attempt, story

GIB = 1 << 30
MIB = 1 << 20


def host(cpu_percent: float, **fields: int) -> HostSample:
    return HostSample(
        period_ms=fields.get("period_ms", 1_000),
        cpu_percent=cpu_percent,
        memory_used_bytes=fields.get("used", 5 * GIB),
        memory_total_bytes=24 * GIB,
        disk_bytes=fields.get("disk", 88 * MIB),
        net_bytes=fields.get("net", 3 * MIB),
    )


def busy() -> Meters:
    meters = Meters()
    for second, cpu_percent in enumerate((10, 40, 70, 100, 62)):
        meters.take_host(second * 1_000, host(cpu_percent))
    for second in range(3):
        at_ms = second * 1_000
        meters.take_work(WorkSample(at_ms, 8, 8, second * 3, second * 2_100))
    return meters


def status(meters: Meters, width: int, eta_ms: int | None = 920_000) -> str:
    return text_of(meters.status_line(width, eta_ms=eta_ms))


def test_the_status_line_of_a_wide_screen_has_it_all() -> None:
    assert status(busy(), 120) == (
        " cpu ⣀⣤⣶⣿⣤ 62%   mem ⣀⣀⣀⣀⣀ 5.0/24G   disk 88M/s   slots 8/8   "
        "tasks/s 3.0   eta 15:20   log 2.1K/s"
    )


def test_a_narrow_screen_has_the_numbers_alone() -> None:
    assert status(busy(), 80) == " cpu 62%  mem 5.0G  slots 8/8  eta 15:20"
    assert status(busy(), 80, eta_ms=None) == " cpu 62%  mem 5.0G  slots 8/8"
    assert status(busy(), 20) == " cpu 62%  mem 5.0G"
    assert status(busy(), 3) == " "


def test_nothing_is_said_of_a_machine_that_was_not_measured_yet() -> None:
    assert status(Meters(), 120) == ""


def test_a_period_of_another_length_gives_the_same_rate() -> None:
    meters = Meters()
    meters.take_host(0, host(1, period_ms=2_000, disk=200))
    assert meters.disk.latest == 100
    meters.take_host(0, host(1, period_ms=0, disk=0))
    assert meters.disk.latest == 0


def test_a_task_is_followed_while_it_runs_and_its_peak_kept() -> None:
    meters = Meters()
    meters.take_tasks(0, {1: ResourceSample(0, 10 * MIB, 1)})
    meters.take_tasks(1_000, {1: ResourceSample(1_500, 50 * MIB, 3)})
    meters.take_tasks(2_000, {1: ResourceSample(1_600, 20 * MIB, 2)})
    meter = meters.tasks[1]
    assert meter.cpu.last(3) == [0, 150, 10]
    assert (meter.peak_rss_bytes, meter.process_count) == (50 * MIB, 2)
    meters.take_tasks(3_000, {})
    assert (meters.tasks, meters.peaks) == ({}, {1: 50 * MIB})
    meters.forget_tasks()
    assert meters.peaks == {}


def test_the_page_lists_what_runs_and_what_was_largest() -> None:
    small = attempt("small", 0, 9, cpu_ms=8_000, peak_rss_bytes=3 * MIB)
    large = attempt("large", 0, 61, cpu_ms=100_000, peak_rss_bytes=2 * GIB)
    model = story("small large load", [small, large, attempt("load", 0)])
    meters = busy()
    meters.take_tasks(0, {2: ResourceSample(0, 212 * MIB, 4)})
    page = meters_page(meters, model, 80)
    texts = [text_of(spans).rstrip() for spans in page.lines]
    assert texts[0].startswith("cpu           62% ▁▃▆█▅")
    assert texts[5].split() == ["running", "cpu", "rss", "peak", "procs"]
    assert texts[6].split() == ["load", "0%", "212M", "212M", "4"]
    assert texts[8].split() == ["ended", "cpu", "time", "peak", "took"]
    assert texts[9].split() == ["large", "1:40", "2.0G", "1:01"]
    assert texts[10].split() == ["small", "8.0s", "3.0M", "9.0s"]
    assert page.targets == {
        6: TaskTarget("load"),
        9: TaskTarget("large"),
        10: TaskTarget("small"),
    }


@pytest.mark.parametrize("width", [1, 10, 30, 60, 300])
def test_the_page_fits_any_width(width: int) -> None:
    model = story("small load", [attempt("small", 0, 9), attempt("load", 0)])
    meters = busy()
    meters.take_tasks(0, {1: ResourceSample(0, 212 * MIB, 4)})
    check_lines(meters_page(meters, model, width).lines, width)
    check_lines([meters.status_line(width, eta_ms=5)], width)


def test_only_the_largest_of_many_tasks_are_listed() -> None:
    names = [f"t{n}" for n in range(300)]
    model = story(" ".join(names), [attempt(name, 0, 1) for name in names])
    page = meters_page(Meters(), model, 80)
    assert len(page.targets) == 100
    assert text_of(page.lines[-1]) == "… and 200 more"


def test_histories_are_bounded() -> None:
    recent, long = Recent(), LongHistory()
    for second in range(100_000):
        recent.add(second)
        long.add(second * 1_000, 50.0 + second % 2)
    assert len(recent.last(10**9)) == RECENT
    samples = long.samples()
    assert 128 <= len(samples) <= 512
    assert samples[0][0] < 1_000_000
    assert samples[-1][0] > 99_000_000
    assert all(value == pytest.approx(50.5) for _, value in samples[1:])


def test_a_count_that_begins_anew_is_no_negative_rate() -> None:
    rate = Rate()
    assert [rate.take(0, 10), rate.take(1_000, 30), rate.take(2_000, 5)] == [0, 20, 0]
    assert rate.take(2_000, 9) == 0

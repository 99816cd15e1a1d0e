"""The clock that tests advance."""

import asyncio

from leo_engine.testing.fake_clock import FakeClock


async def test_sleepers_wake_at_their_moment_and_in_order() -> None:
    clock = FakeClock(0)
    woken: list[tuple[str, int]] = []

    async def sleeper(name: str, *delays_ms: int) -> None:
        for delay_ms in delays_ms:
            await clock.sleep(delay_ms)
            woken.append((name, clock.now_ms()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("a", 30, 5))
        group.create_task(sleeper("b", 10, 10))
        await clock.advance(40)
    assert woken == [("b", 10), ("b", 20), ("a", 30), ("a", 35)]
    assert clock.monotonic_ms() == 40


async def test_a_jump_of_the_wall_clock_wakes_nobody() -> None:
    clock = FakeClock(0)
    sleeping = asyncio.ensure_future(clock.sleep(10))
    await asyncio.sleep(0)
    clock.jump(1_000)
    await clock.advance(9)
    assert not sleeping.done()
    assert (clock.now_ms(), clock.monotonic_ms()) == (1_009, 9)
    await clock.advance(1)
    assert sleeping.done()

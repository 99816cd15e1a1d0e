"""Who stops reading stops nobody else."""

import fcntl
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from leo_tui.headless import background_writer
from leo_tui.headless.background_writer import BackgroundWriter


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for descriptor in (reading, writing):
        try:
            os.close(descriptor)
        except OSError:
            continue


def read_all(descriptor: int) -> bytes:
    pieces = []
    while piece := os.read(descriptor, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def test_everything_arrives_in_order(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    writer = BackgroundWriter(writing)
    for number in range(1_000):
        writer.write(f"{number}\n")
    writer.close()
    os.close(writing)
    assert read_all(reading).split() == [b"%d" % n for n in range(1_000)]


def test_a_full_pipe_does_not_hold_up_the_caller(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    writer = BackgroundWriter(writing)
    text = "x" * 1_000_000
    writer.write(text)
    writer.write(text)
    assert not writer.is_idle
    received = []
    reader = threading.Thread(target=lambda: received.append(read_all(reading)))
    reader.start()
    writer.close()
    os.close(writing)
    reader.join()
    assert len(received[0]) == 2_000_000


def test_a_non_blocking_descriptor_loses_nothing(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    flags = fcntl.fcntl(writing, fcntl.F_GETFL)
    fcntl.fcntl(writing, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    writer = BackgroundWriter(writing)
    writer.write("y" * 300_000)
    received = []
    reader = threading.Thread(target=lambda: received.append(read_all(reading)))
    reader.start()
    writer.close()
    os.close(writing)
    reader.join()
    assert len(received[0]) == 300_000


def test_a_reader_that_has_gone_is_no_error(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
    os.close(reading)
    writer = BackgroundWriter(writing)
    writer.write("nobody reads this")
    writer.write("nor this")
    writer.close()
    writer.write("and this is dropped")
    assert writer.is_idle


def test_a_full_disk_is_told_at_the_end() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    writer = BackgroundWriter(full)
    writer.write("lost")
    with pytest.raises(OSError, match="No space left"):
        writer.close()
    os.close(full)


def test_who_can_wait_is_held_up_by_a_reader_far_behind(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_writer, "_MOST_BYTES", 1_000)
    reading, writing = pipe
    writer = BackgroundWriter(writing)
    writer.write("z" * 200_000)
    passed = threading.Event()

    def wait() -> None:
        writer.wait_for_room()
        passed.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not passed.is_set()
    received = []
    reader = threading.Thread(target=lambda: received.append(read_all(reading)))
    reader.start()
    waiting.join()
    writer.close()
    os.close(writing)
    reader.join()
    assert len(received[0]) == 200_000

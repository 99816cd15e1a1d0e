"""What is written to a terminal that is gone is dropped, and holds nobody up."""

import errno
import io

import pytest
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from leo_tui.widgets.patient_app import LastingFile, PatientApp

MOST_QUEUED = 30


class GoneTerminal(io.StringIO):
    """A terminal whose window was closed."""

    def write(self, text: str) -> int:
        """Fail as the kernel does."""
        raise OSError(errno.EIO, f"cannot write {len(text)} characters")

    def flush(self) -> None:
        """Fail likewise."""
        raise OSError(errno.EIO, "cannot flush")


@pytest.mark.timeout(20)
def test_who_writes_to_a_terminal_that_is_gone_does_not_wait_for_ever() -> None:
    writer = WriterThread(LastingFile(GoneTerminal()))  # type: ignore[arg-type]
    writer.start()
    for _ in range(10 * MOST_QUEUED):
        writer.write("a frame")
    writer.stop()
    assert not writer.is_alive()


def test_a_terminal_is_driven_so_that_it_may_go() -> None:
    chosen = PatientApp[None]().get_driver_class()
    assert issubclass(chosen, LinuxDriver)
    assert chosen is not LinuxDriver

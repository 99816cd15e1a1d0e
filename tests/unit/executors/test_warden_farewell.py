"""What a warden says when it cannot begin, and what it does not stumble over."""

import os
import socket
from pathlib import Path

import pytest

from leo_engine.executors.warden import frame_of
from leo_engine.executors.warden_channel import Report, WardenChannel
from leo_engine.executors.warden_link import WardenProcess
from leo_engine.executors.warden_record import make_folders


async def test_the_last_words_of_a_warden_are_heard_although_it_hears_no_more() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    theirs.send(frame_of([("f", 0, 28, 0, 0, "record")]))
    theirs.close()
    heard: list[Report] = []
    lost: list[bool] = []
    channel = WardenChannel(
        WardenProcess(ours, pid=os.getpid()),
        on_reports=heard.extend,
        on_lost=lambda: lost.append(True),
    )
    channel.send(("B", {}))
    channel._flush()
    assert heard == [("f", 0, 28, 0, 0, "record")]
    assert lost == [True]


def test_a_folder_that_another_process_makes_meanwhile_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, wanted = str(tmp_path / "a"), str(tmp_path / "a" / "b")
    make = os.mkdir

    def overtaken(path: str, mode: int) -> None:
        make(path, mode)
        if path == parent:
            make(wanted, mode)

    monkeypatch.setattr(os, "mkdir", overtaken)
    make_folders(wanted)
    assert Path(wanted).is_dir()

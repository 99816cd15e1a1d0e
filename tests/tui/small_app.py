"""A Textual app for trying the rigs: says which keys it gets and how big it is.

`--busy` changes a line thirty times a second, `--gate` only when the frame gate is
open; `--patient` never waits; `--notes FILE` says how late its loop is;
`--ansi` has no colours of its own.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from textual.app import App, ComposeResult
from textual.events import Key, Resize
from textual.widgets import Static

from leo_tui.widgets.frame_gate import FrameGate, waiting_frames
from leo_tui.widgets.patient_app import PatientApp
from loop_watch import LoopWatch


class _SmallApp(App[object]):
    def __init__(self, wanted: argparse.Namespace) -> None:
        super().__init__(ansi_color=wanted.ansi)
        self._wanted = wanted
        self._gate = FrameGate(lambda: waiting_frames(self))
        self._ticks = 0

    def compose(self) -> ComposeResult:
        yield Static("ready", id="said", markup=False)
        yield Static("", id="ticks")

    def on_ready(self) -> None:
        if self._wanted.notes:
            LoopWatch(asyncio.get_running_loop(), self._wanted.notes).start()
        if self._wanted.busy:
            self.set_interval(1 / 30, self._tick)

    def _tick(self) -> None:
        now_ms = int(time.perf_counter() * 1e3)
        if not self._wanted.gate or self._gate.is_open(now_ms):
            self._ticks += 1
            many = f"tick {self._ticks} " * 100
            self.query_one("#ticks", Static).update(many)

    def say(self, text: str) -> None:
        self.query_one("#said", Static).update(text)

    def on_resize(self, event: Resize) -> None:
        self.say(f"size {event.size.width}x{event.size.height}")

    def on_key(self, event: Key) -> None:
        if event.key == "q":
            self.exit(return_code=3)
        elif event.key == "ctrl+z":
            self.action_suspend_process()
        elif event.key == "x":
            message = "on purpose"
            raise RuntimeError(message)
        elif event.key == "h":
            self.say("\x1b]0;title\x07 \x1bc \u202eabc")
        elif event.key == "w":
            self.say("word " * 4000)
        else:
            self.say(f"key {event.key}")


class _PatientSmallApp(_SmallApp, PatientApp[object]):
    pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("--busy", "--gate", "--patient", "--ansi"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--notes", type=Path)
    wanted = parser.parse_args()
    app = (_PatientSmallApp if wanted.patient else _SmallApp)(wanted)
    app.run()
    sys.exit(app.return_code)

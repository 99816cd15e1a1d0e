"""leo-tui with a watch on its screen's loop: `watched_screen.py NOTES ARGUMENT...`.

How late the loop is becomes lines of NOTES; `ctrl+x` makes the screen crash.
"""

import asyncio
import sys
from pathlib import Path

from textual import events

import leo_tui.app
from leo_tui.cli import main
from loop_watch import LoopWatch

_notes = Path(sys.argv.pop(1))


class _Watched(leo_tui.app.LeoApp):
    # Else it would be looked for beside this file.
    CSS_PATH = str(Path(leo_tui.app.__file__).parent / leo_tui.app.LeoApp.CSS_PATH)

    def on_ready(self) -> None:
        LoopWatch(asyncio.get_running_loop(), _notes).start()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and event.key == "ctrl+x":
            message = "on purpose"
            raise RuntimeError(message)
        await super().on_event(event)


if __name__ == "__main__":
    leo_tui.app.LeoApp = _Watched  # type: ignore[misc]
    sys.argv[0] = "leo-tui"
    sys.exit(main())

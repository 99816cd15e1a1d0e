"""What is chosen follows the cursors; a key that acts on it waits until it has.

A cursor moves at once, what it points at is read beside. Who types `j` and `s` means
the file that `j` went to, however fast that comes.
"""

from leo_tui.keys.actions import Place
from leo_tui.screens.main.bridge import Bridge
from leo_tui.screens.main.loading import Loading

_ON_WHAT_IS_CHOSEN = frozenset(
    ["run", "task", "file", "fail", "goto", "compare", "replay", "open", "search"]
)
"""How actions on the chosen file or run begin."""


class CatchingUp:
    """Compares the cursors with what is shown."""

    def __init__(self, bridge: Bridge, loading: Loading) -> None:
        self._scene = bridge.scene
        self._layout = bridge.layout
        self._panels = bridge.panels
        self._loading = loading

    def is_needed(self, action_id: str) -> bool:
        """Tell whether an action would be done to what was chosen before."""
        if action_id.partition(".")[0] not in _ON_WHAT_IS_CHOSEN:
            return False
        return self._loading.is_choosing or self._follow()

    async def done(self) -> None:
        """Return once what the cursor is on is shown, if it can be."""
        await self._loading.chosen()
        if self._follow():
            await self._loading.chosen()

    def follow_file(self) -> bool:
        """Choose the file under the cursor; tell whether it was another."""
        path, file = self._panels.files.cursor_file(), self._scene.file
        if path is None or (file is not None and path == file.path):
            return False
        self._loading.choose_file(path)
        return True

    def follow_run(self) -> bool:
        """Open the run under the cursor; tell whether it was another."""
        run_id = self._panels.runs.cursor_run()
        if not run_id or run_id == self._scene.run_id or self._scene.trail:
            return False
        self._loading.choose_run(run_id)
        return True

    def _follow(self) -> bool:
        match self._layout.place:
            case Place.FILES:
                return self.follow_file()
            case Place.RUNS:
                return self.follow_run()
            case _:
                return False

"""What the keys do to DAG files: edit, read again, write a sample, change folder."""

import os
from collections.abc import Mapping
from pathlib import Path

from leo_tui.examples import write_example
from leo_tui.keys.actions import Place
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.loading import Loading
from leo_tui.screens.main.outside import (
    editor_command,
    run_in_terminal,
    why_no_terminal,
)
from leo_tui.screens.text_screen import TextScreen
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.panels.page import FileTarget, Target
from leo_tui.viewmodels.panels.task_place import task_line
from leo_tui.viewmodels.spans import Line, Span, line


class FileActions:
    """Actions on the files of the folder."""

    def __init__(self, bridge: Bridge, loading: Loading) -> None:
        self._bridge = bridge
        self._loading = loading
        self._scene = bridge.scene

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        return {
            "file.edit": Doing(self._edit, self._why_no_edit),
            "rescan": Doing(self._rescan),
            "file.validate": Doing(self._validate),
            "file.new": Doing(self._write_sample),
        }

    def _why_no_edit(self) -> str:
        file = self._scene.file
        if reason := why_no_terminal(self._bridge.screen.app):
            return reason
        if file is None:
            return "no file is chosen"
        return "the file is gone" if file.is_gone else ""

    async def _edit(self) -> None:
        file = self._scene.file
        if file is not None:
            panels = self._bridge.panels
            pointed_at = panels.problems.target()
            if self._bridge.layout.place is Place.PROBLEMS and pointed_at is not None:
                await self.follow(pointed_at)
            else:
                await self.edit_at(file.path, self._line_to_edit())

    async def follow(self, target: Target) -> None:
        """Go where a line leads: to a task, or with the editor into a file."""
        if isinstance(target, FileTarget):
            if reason := why_no_terminal(self._bridge.screen.app):
                self._bridge.say(reason)
                return
            path = self._bridge.folder / target.file
            await self.edit_at(path, max(1, target.line))
            return
        model = self._scene.shown
        if model is not None and target.task in model.index:
            self._bridge.panels.tasks.go_to(model.index[target.task])

    async def show_skipped(self) -> None:
        """Say why there is no DAG in the files of a folder that seems empty."""
        folder = self._scene.folder
        if folder is None or folder.files or not folder.skipped:
            return
        lines: list[Line] = []
        for path, why in folder.skipped:
            lines += [line(Span(sanitize(path.name), Style.BOLD))]
            lines += [line(f"  {sanitize(part)}") for part in why.split("\n")]
        await self._bridge.ask(TextScreen("Files that are not DAGs", lines))

    async def edit_at(self, path: Path, number: int) -> None:
        """Open a file in the editor of the person's choice; everything else goes on."""
        argv = editor_command(os.environ, path, number, self._bridge.preferences.editor)
        trouble = await run_in_terminal(self._bridge.screen.app, argv)
        if trouble:
            self._bridge.say(trouble, Style.CARE)
        await self._loading.read_folder()

    def _line_to_edit(self) -> int:
        """Return where the first problem is, else the task under the cursor."""
        file, model = self._scene.file, self._scene.shown
        if file is None:
            return 1
        if file.problems:
            return max(1, file.problems[0].line)
        number = self._bridge.panels.tasks.cursor_task()
        if file.loaded is None or model is None or number is None:
            return 1
        if self._bridge.layout.place is Place.FILES:
            return 1
        return task_line(file.loaded.version.source, model.dag.tasks[number].base)

    async def _rescan(self) -> None:
        await self._loading.read_folder()
        self._bridge.say("the folder was read again")

    async def _validate(self) -> None:
        """Read the folder again, and show what is wrong with the chosen file."""
        await self._loading.read_folder()
        file = self._scene.file
        if file is None:
            self._bridge.say("no file is chosen")
        elif file.problems:
            self._bridge.layout.focus(Place.PROBLEMS)
        else:
            tasks = 0 if file.loaded is None else len(file.loaded.dag.tasks)
            self._bridge.say(f"no problems in {counted(tasks, 'task')}")

    async def _write_sample(self) -> None:
        try:
            path, *_ = write_example(self._bridge.folder, "hello")
        except FileExistsError as error:
            self._bridge.say(f"{error.filename} is there already", Style.CARE)
            return
        except OSError as error:
            self._bridge.say(f"{error.filename}: {error.strerror}", Style.BAD)
            return
        await self._loading.read_folder()
        self._loading.choose_file(path)
        self._bridge.say(f"wrote {path.name}: s starts it, e edits it")
        written = _content(path)
        self._scene.can_undo(
            f"the new file {path.name}",
            lambda: self._forget_sample(path),
            lambda: _why_kept(path, written),
        )

    def _forget_sample(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._bridge.spawn(self._show_without(path))

    async def _show_without(self, path: Path) -> None:
        await self._loading.read_folder()
        self._bridge.say(f"undone: the new file {path.name}")


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _why_kept(path: Path, written: bytes | None) -> str:
    """Return why a file that was written here is not removed."""
    now = _content(path)
    if now is None:
        return f"{path.name} is gone already"
    return "" if now == written else f"{path.name} was changed since: it stays"

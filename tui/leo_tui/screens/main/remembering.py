"""Where a person was in a DAG folder: brought back at the start, kept from then on."""

from contextlib import suppress
from pathlib import Path

from leo_tui.keys.actions import Place
from leo_tui.preferences.memory import FolderState, Memory
from leo_tui.screens.main.bridge import Bridge
from leo_tui.screens.main.layout import TABS
from leo_tui.theme import Glyphs, ThemeName
from leo_tui.viewmodels.output.times import Times
from leo_tui.widgets.themed_app import ThemedApp

_CALM_MS = 2_000
"""Without a change before what has changed is written."""
_LOOK_MS = 500
"""Between two looks for a change."""


class Remembering:
    """Reads and writes what is remembered of one folder."""

    def __init__(
        self, bridge: Bridge, memory: Memory, *, has_fixed_theme: bool
    ) -> None:
        self._bridge = bridge
        self._memory = memory
        self._has_fixed_theme = has_fixed_theme
        self._scene = bridge.scene
        self._panels = bridge.panels
        self._layout = bridge.layout
        self._kept = memory.folder(bridge.folder)
        """As it stands in the file."""
        self._now = self._kept
        self._changed_ms = self._next_look_ms = 0
        self._has_begun = False
        """The first tasks are shown: before, there is nothing to be remembered."""
        self._has_tree = False
        self._dressed = self._dress()

    def restore(self) -> None:
        """Bring back what does not depend on files: to be called before they come."""
        kept, panels = self._kept, self._panels
        self._restore_dress()
        panels.output.wraps = kept.wrap
        with suppress(ValueError):
            panels.output.times = Times(kept.times)
        panels.files.set_filter(kept.filters.get(Place.FILES, ""))
        panels.runs.set_filter(kept.filters.get(Place.RUNS, ""))
        self._scene.wanted_file = self._bridge.folder / kept.file
        self._scene.wanted_run = kept.run
        tab, place = _place(kept.tab), _place(kept.place)
        if tab in TABS:
            self._layout.show_tab(tab)
        if place is not None:
            self._layout.focus(place)
        self._bridge.screen.set_class(not kept.has_sidebar, "no-sidebar")
        self._dressed = self._dress()

    def _restore_dress(self) -> None:
        app = self._bridge.screen.app
        if not isinstance(app, ThemedApp):
            return
        theme, glyphs = app.theme_name, app.glyphs
        # No colours and ASCII are what the terminal or the person asks for now.
        if not self._has_fixed_theme and theme is not ThemeName.NONE:
            with suppress(ValueError):
                theme = ThemeName(self._kept.theme)
        if self._kept.glyphs == Glyphs.ASCII:
            glyphs = Glyphs.ASCII
        if (theme, glyphs) != (app.theme_name, app.glyphs):
            app.dress(theme, glyphs)

    def take_model(self) -> None:
        """Bring back folds, filter and cursor for the first tasks that are shown."""
        tree = self._panels.tasks.task_tree
        self._has_begun = True
        self._scene.wanted_file, self._scene.wanted_run = None, ""
        if tree is None or self._has_tree:
            return
        self._has_tree = True
        tasks, now = self._panels.tasks, self._now
        tree.fold_keys(now.collapsed)
        tasks.set_filter(now.filters.get(Place.TASKS, ""))
        entry = tree.entry_of_key(now.task)
        if entry is None:
            return
        row = tree.place(entry)
        parent = tree.parent(entry)
        if row is None and parent is not None:
            row = tree.place(parent)
        if row is not None:
            tasks.move_cursor(row)

    def tick(self, now_ms: int) -> None:
        """Write what is different, once it has been the same for a while."""
        if not self._has_begun or now_ms < self._next_look_ms:
            return
        self._next_look_ms = now_ms + _LOOK_MS
        seen = self._look()
        if seen != self._now:
            self._now, self._changed_ms = seen, now_ms
        elif seen != self._kept and now_ms - self._changed_ms >= _CALM_MS:
            self._write()

    def keep(self) -> None:
        """Write what is different, now."""
        if self._has_begun:
            self._now = self._look()
            if self._now != self._kept:
                self._write()

    def _write(self) -> None:
        self._kept = self._now
        self._memory.keep_folder(self._bridge.folder, self._now)

    def _look(self) -> FolderState:
        """Return where the person is now; as before where nothing is to be seen."""
        before, panels, scene = self._now, self._panels, self._scene
        tasks, tree = panels.tasks, panels.tasks.task_tree
        filters = {
            Place.FILES: panels.files.filter_text,
            Place.RUNS: panels.runs.filter_text,
            Place.TASKS: before.filters.get(Place.TASKS, "")
            if tree is None
            else tasks.filter_text,
        }
        theme, glyphs = self._dress()
        has_theme, has_glyphs = theme != self._dressed[0], glyphs != self._dressed[1]
        file = before.file if scene.file is None else self._relative(scene.file.path)
        return FolderState(
            file=file,
            run=self._run(),
            task=before.task if tasks.cursor < 0 else str(tasks.row_key(tasks.cursor)),
            place=self._layout.place,
            tab=self._layout.tab,
            collapsed=before.collapsed if tree is None else tree.folded_keys(),
            splits=before.splits,
            wrap=panels.output.wraps,
            times=panels.output.times,
            filters={str(place): text for place, text in filters.items() if text},
            has_sidebar=not self._bridge.screen.has_class("no-sidebar"),
            theme=theme if has_theme else before.theme,
            glyphs=glyphs if has_glyphs else before.glyphs,
        )

    def _run(self) -> str:
        """Return the opened run; nothing for the newest, which opens by itself."""
        runs = self._scene.runs
        is_newest = bool(runs) and runs[0].run_id == self._scene.run_id
        return "" if is_newest or self._scene.trail else self._scene.run_id

    def _relative(self, path: Path) -> str:
        try:
            return path.relative_to(self._bridge.folder).as_posix()
        except ValueError:
            return path.as_posix()

    def _dress(self) -> tuple[str, str]:
        app = self._bridge.screen.app
        if not isinstance(app, ThemedApp):
            return "", ""
        return app.theme_name, app.glyphs


def _place(name: str) -> Place | None:
    try:
        return Place(name)
    except ValueError:
        return None

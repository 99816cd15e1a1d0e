"""What the keys do to the program: palette, help, tour, another folder, the way out."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from leo_tui import __version__
from leo_tui.keys.actions import ACTIONS, Place
from leo_tui.keys.key_names import shown
from leo_tui.keys.keymap import Keymap
from leo_tui.preferences.sample import sample_config
from leo_tui.preferences.settings import config_path, state_path
from leo_tui.screens.help import HelpScreen
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.leaving import Leaving
from leo_tui.screens.main.loading import Loading
from leo_tui.screens.main.outside import (
    editor_command,
    run_in_terminal,
    why_no_terminal,
)
from leo_tui.screens.palette import PaletteScreen
from leo_tui.screens.prompt import PromptScreen
from leo_tui.screens.text_screen import TextScreen
from leo_tui.screens.tour import TourScreen
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Glyphs, Style, ThemeName
from leo_tui.viewmodels.commands import Command, wanted_first
from leo_tui.viewmodels.spans import Span, line
from leo_tui.widgets.themed_app import ThemedApp

_GO_TO = "goto.task"
_KEYS_TABLE = "[keys]"


class AppActions:
    """Actions on the program itself."""

    def __init__(
        self,
        bridge: Bridge,
        loading: Loading,
        keymap: Keymap,
        perform: Callable[[str], None],
        why_not: Callable[[str], str],
    ) -> None:
        self._bridge = bridge
        self._loading = loading
        self._keymap = keymap
        self._perform = perform
        self._why_not = why_not
        self._leaving = Leaving(bridge)

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        return {
            "palette": Doing(self._palette),
            "help": Doing(self._help),
            "app.tour": Doing(self.tour),
            "folder.open": Doing(self._open_folder),
            "app.quit": Doing(self._quit),
            "app.copy_or_hint": Doing(self._copy_or_hint),
            "app.suspend": Doing(self._suspend, self._why_no_suspend),
            "app.about": Doing(self._about),
            "app.settings": Doing(self._edit_settings, self._why_no_terminal),
            "app.keys": Doing(self._edit_keys, self._why_no_terminal),
            "theme.glyphs": Doing(self._swap_glyphs),
            **{
                f"theme.{name}": Doing(self._dresser(name))
                for name in (ThemeName.DARK, ThemeName.LIGHT, ThemeName.ANSI)
            },
        }

    def _command(self, action_id: str, title: str) -> Command:
        keys = self._keymap.keys_of(action_id)
        key = shown(keys[0]) if keys else ""
        return Command(title, action_id, key=key, why_not=self._why_not(action_id))

    def _commands(self) -> Sequence[Command]:
        commands = [
            self._command(action.id, action.title)
            for action in ACTIONS
            if not action.id.startswith("nav.") and action.id != "palette"
        ]
        return wanted_first(commands, self._bridge.layout.place)

    async def _palette(self) -> None:
        model = self._bridge.scene.shown
        tasks = () if model is None else model.ids
        chosen = await self._bridge.ask(
            PaletteScreen(self._commands(), tasks, go_to=_GO_TO)
        )
        if chosen is not None:
            self._choose(chosen)

    def _choose(self, chosen: Command) -> None:
        model = self._bridge.scene.shown
        if chosen.action_id == _GO_TO and model is not None:
            self._bridge.panels.tasks.go_to(model.index[chosen.argument])
        else:
            self._perform(chosen.action_id)

    async def _help(self) -> None:
        place = self._bridge.layout.place
        commands = [
            self._command(action.id, action.title)
            for action in self._keymap.actions_of(place)
        ]
        chosen = await self._bridge.ask(HelpScreen(str(place), commands))
        if chosen is not None:
            self._choose(chosen)

    async def tour(self) -> None:
        """Show what one needs to know at the beginning."""
        await self._bridge.ask(TourScreen(self._keymap))

    async def _open_folder(self) -> None:
        text = await self._bridge.ask(PromptScreen("folder ", ""))
        if not text:
            return
        folder = _folder(self._bridge.folder, text)
        if folder is None:
            self._bridge.say(f"no such folder: {text}", Style.CARE)
            return
        app = self._bridge.screen.app
        await self._leaving.leave(lambda: app.exit(folder))

    async def _quit(self) -> None:
        app = self._bridge.screen.app
        await self._leaving.leave(app.exit)

    def _copy_or_hint(self) -> None:
        if self._bridge.layout.place is Place.OUTPUT:
            self._bridge.say(self._bridge.panels.output.copy())
        else:
            self._bridge.say("q quits; ctrl-c copies what is selected in the output")

    def _why_no_suspend(self) -> str:
        if any(not run.ended_ms for run in self._bridge.feed.inbox.session_runs()):
            return "ctrl-z would stop the engine while runs are active: q leaves them"
        return ""

    def _why_no_terminal(self) -> str:
        return why_no_terminal(self._bridge.screen.app)

    def _suspend(self) -> None:
        app = self._bridge.screen.app
        with app.suspend():
            os.kill(os.getpid(), signal.SIGTSTP)
        app.refresh(repaint=True, layout=True)

    async def _about(self) -> None:
        lines = [
            line(f"leo-tui {__version__}"),
            line(Span("A workflow runner that lives in the terminal.", Style.DIM)),
            (),
            line(f"folder    {sanitize(str(self._bridge.folder))}"),
            line(f"settings  {sanitize(str(config_path(os.environ)))}"),
            line(f"state     {sanitize(str(state_path(os.environ)))}"),
            line(f"runs      {sanitize(str(self._bridge.feed.settings.state_folder))}"),
        ]
        await self._bridge.ask(TextScreen("About", lines))

    async def _edit_keys(self) -> None:
        await self._edit_settings(_KEYS_TABLE)

    async def _edit_settings(self, wanted: str = "") -> None:
        """Open the settings, a commented file the first time, at a line if it is there.

        `wanted` is how that line begins.
        """
        path = config_path(os.environ)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(sample_config(), encoding="utf-8")
        editor = self._bridge.preferences.editor
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        begins = (n for n, one in enumerate(lines, 1) if one.startswith(wanted))
        argv = editor_command(os.environ, path, next(begins, 1), editor)
        trouble = await run_in_terminal(self._bridge.screen.app, argv)
        self._bridge.say(trouble or "settings hold from the next start on")

    def _swap_glyphs(self) -> None:
        app = self._bridge.screen.app
        if isinstance(app, ThemedApp):
            is_ascii = app.glyphs is Glyphs.ASCII
            app.dress(app.theme_name, Glyphs.UNICODE if is_ascii else Glyphs.ASCII)

    def _dresser(self, name: ThemeName) -> Callable[[], None]:
        def dress() -> None:
            app = self._bridge.screen.app
            if isinstance(app, ThemedApp):
                app.dress(name, app.glyphs)

        return dress


def _folder(here: Path, text: str) -> Path | None:
    """Return an existing folder, named from here; None when there is none."""
    folder = (here / Path(text).expanduser()).resolve()
    return folder if folder.is_dir() else None

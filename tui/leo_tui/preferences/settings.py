"""What a person set for every folder: `config.toml`, strictly read.

A key that is not known, a value that does not fit and a key of the keyboard with two
meanings are errors, told with their place, all at once.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from leo_engine.errors import ConfigError, SpecError
from leo_engine.loader.read import read_source
from leo_engine.spec.document import read_value
from leo_engine.spec.explain import DROPPED, keep_fitting
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Json
from leo_engine.spec.parse import SourceText, placed
from leo_tui.keys.keymap import Keymap, KeymapError
from leo_tui.theme import Glyphs, ThemeName

FOLDER_NAME = "leo-tui"
FILE_NAME = "config.toml"

Place = tuple[str | int, ...]
"""Keys from the root of the file."""
_Written = tuple[str, tuple[Place, Json]]
"""An action's id, and where its keys stand."""
_KEYS = msgspec.inspect.type_info(str | tuple[str, ...])

MOST_FPS = 60
FramesPerSecond = Annotated[int, msgspec.Meta(ge=1, le=MOST_FPS)]


class Preferences(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False
):
    """The keys of `config.toml`, and what holds where it says nothing."""

    theme: ThemeName | None = None
    """None: dark, unless the environment speaks for another."""
    glyphs: Glyphs | None = None
    """None: unicode, unless the terminal's encoding cannot."""
    fps: FramesPerSecond = 30
    """Most repaints a second."""
    clock: bool = True
    """Show the time of day."""
    fold_ok_groups: bool = False
    """Fold a group of tasks when all of it has succeeded."""
    bell: bool = False
    """Ring when a run ends or a task waits for somebody."""
    editor: str = ""
    """Command for `e`; empty: $VISUAL, $EDITOR."""
    pager: str = ""
    """Command for `o`; empty: $PAGER."""
    keys: dict[str, str | tuple[str, ...]] = {}
    """{action: its key, or keys}; those of other actions stay."""

    def keymap(self) -> Keymap:
        """Return the keys of all actions."""
        return Keymap.load(self.keys)


def config_path(environ: Mapping[str, str]) -> Path:
    """Return where the preferences are.

    Source: XDG Base Directory Specification 0.8.
    """
    return _xdg(environ, "XDG_CONFIG_HOME", ".config") / FOLDER_NAME / FILE_NAME


def state_path(environ: Mapping[str, str]) -> Path:
    """Return where the state of the screen is kept."""
    return _xdg(environ, "XDG_STATE_HOME", ".local/state") / FOLDER_NAME / "ui.json"


def read_preferences(path: Path) -> Preferences:
    """Return what a file says; the defaults when it does not exist.

    Raises:
        ConfigError: it cannot be read, or has keys or values that do not belong;
            holds every problem with its place.
    """
    if not path.exists():
        return Preferences()
    try:
        source = read_source(path)
        root = _root(source)
    except SpecError as error:
        raise ConfigError(str(error)) from error
    findings = Findings(root)
    preferences = _fitting(root, findings)
    problems = findings.problems(source.text, source.document_format, source.file)
    if problems:
        raise ConfigError("\n".join(str(problem) for problem in problems))
    return preferences


def _root(source: SourceText) -> dict[str, Json]:
    try:
        root = read_value(source.text, source.document_format)
    except SpecError as error:
        told = [placed(problem, source) for problem in error.problems]
        raise type(error)(told) from error
    return root if isinstance(root, dict) else {}


def _fitting(root: dict[str, Json], findings: Findings) -> Preferences:
    """Return what fits of the document; record the rest."""
    written = root.get("keys")
    places = dict(_actions(written, ("keys",))) if isinstance(written, dict) else {}
    if places:
        root = {**root, "keys": {}}
    expected = msgspec.inspect.type_info(Preferences)
    fitting = keep_fitting(root, expected, (), findings)
    preferences = msgspec.convert(fitting, Preferences)
    keys = {
        action_id: keep_fitting(value, _KEYS, path, findings)
        for action_id, (path, value) in places.items()
    }
    fitting_keys = {name: value for name, value in keys.items() if value is not DROPPED}
    chosen = msgspec.convert(fitting_keys, dict[str, str | tuple[str, ...]])
    try:
        Keymap.load(chosen)
    except KeymapError as error:
        for problem in error.problems:
            findings.add(
                places[problem.action_id][0],
                problem.message,
                hint=problem.hint,
                at_key=problem.is_id,
            )
    return msgspec.structs.replace(preferences, keys=chosen)


def _actions(table: dict[str, Json], path: Place) -> Iterator[_Written]:
    """Yield the ids in a table, however written: `"a.b" = …` and `a.b = …` are one."""
    for key, value in table.items():
        here = (*path, key)
        if isinstance(value, dict):
            yield from _actions(value, here)
        else:
            yield ".".join(str(part) for part in here[1:]), (here, value)


def _xdg(environ: Mapping[str, str], variable: str, usual: str) -> Path:
    """Return a folder of the specification; relative paths are to be ignored."""
    chosen = Path(environ.get(variable, ""))
    if chosen.is_absolute():
        return chosen
    return Path(environ.get("HOME") or Path.home()) / usual

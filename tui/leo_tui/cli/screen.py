"""`leo-tui` without a command: the screen, in this terminal or in a browser."""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from typing import TextIO, TypedDict

import msgspec

from leo_engine.app import settings
from leo_engine.errors import ConfigError
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import Invocation
from leo_tui.preferences.options import ScreenOptions, glyphs_for, theme_for
from leo_tui.preferences.settings import config_path, read_preferences, state_path
from leo_tui.theme import Glyphs, ThemeName

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_DRIVER = "TEXTUAL_DRIVER"
"""Set by who shows the screen elsewhere than in a terminal."""


class ScreenFlags(TypedDict):
    """The options of the root command."""

    theme: str | None
    ascii_signs: bool
    fps: int | None
    slots: int | None
    no_resume: bool
    web: bool
    host: str
    port: int
    insecure: bool


def open_screen(invocation: Invocation, flags: ScreenFlags) -> int:
    """Open the screen and return its exit code.

    Raises:
        ConfigError: a setting or an option is wrong, there is no terminal, or the
            browser would be let in from elsewhere; nothing was opened.
    """
    options = _options(invocation, flags)
    if flags["web"]:
        return _serve(flags, options)
    refuse_without_terminal(sys.stdin, sys.stdout, os.environ)
    from leo_tui.app import run_screen  # noqa: PLC0415 -- Textual: not for a refusal

    return run_screen(options, invocation.out.print)


def refuse_without_terminal(
    stdin: TextIO, stdout: TextIO, environ: Mapping[str, str]
) -> None:
    """Start no screen that nobody would see.

    Raises:
        ConfigError: this is no terminal, or one that cannot move its cursor.
    """
    if environ.get(_DRIVER):
        return
    is_terminal = stdin.isatty() and stdout.isatty()
    if is_terminal and environ.get("TERM", "dumb") != "dumb":
        return
    why = "TERM is dumb" if is_terminal else "this is not a terminal"
    message = (
        f"the screen needs a terminal, and {why}\n"
        "  leo-tui --once [DAG]  runs DAGs to the end without a screen\n"
        "  leo-tui --help        lists everything else"
    )
    raise ConfigError(message)


def _options(invocation: Invocation, flags: ScreenFlags) -> ScreenOptions:
    config = config_path(os.environ)
    preferences = read_preferences(config)
    if flags["fps"] is not None:
        preferences = msgspec.structs.replace(preferences, fps=flags["fps"])
    asked = ThemeName(flags["theme"]) if flags["theme"] else None
    if asked is None and invocation.no_color:
        asked = ThemeName.NONE
    glyphs = Glyphs.ASCII if flags["ascii_signs"] else None
    return ScreenOptions(
        settings=settings(invocation.folder, slots=flags["slots"]),
        preferences=preferences,
        theme=theme_for(asked, preferences, os.environ),
        glyphs=glyphs_for(glyphs, preferences, sys.stdout.encoding),
        config=config,
        state=state_path(os.environ),
        has_fixed_theme=asked is not None,
        resume=not flags["no_resume"],
    )


def _serve(flags: ScreenFlags, options: ScreenOptions) -> int:
    if flags["host"] not in LOOPBACK and not flags["insecure"]:
        message = (
            f"{flags['host']} can be reached from other machines, and who reaches the "
            "screen runs commands as you; --insecure serves it there all the same"
        )
        raise ConfigError(message)
    try:
        from leo_tui.cli.serving import serve  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as error:
        message = f"--web needs {error.name}: pip install 'leo-tui[web]'"
        raise ConfigError(message) from error
    serve(shlex.join(_command(flags, options)), flags["host"], flags["port"])
    return ExitCode.OK


def _command(flags: ScreenFlags, options: ScreenOptions) -> Iterator[str]:
    """Yield the call that opens the same screen for one browser."""
    yield from (sys.executable, "-m", "leo_tui", "-C", str(options.settings.folder))
    yield from ("--theme", options.theme)
    yield from ("--slots", str(options.settings.slots))
    yield from ("--fps", str(options.preferences.fps))
    if flags["ascii_signs"]:
        yield "--ascii"
    if flags["no_resume"]:
        yield "--no-resume"

"""Commands of ours, shown to be copied."""

import shlex


def command_text(folder: str | None, *arguments: str) -> str:
    """Return a command ready for a shell: `leo-tui -C DIR resume 0193a…`.

    `folder` is what `-C` was given; None: the default, and no `-C`.
    """
    place = [] if folder is None else ["-C", folder]
    return shlex.join(["leo-tui", *place, *arguments])

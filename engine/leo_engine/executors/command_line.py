"""Which shell scripts need no shell.

A script that is one plain command is executed directly, as make does: starting a
shell costs as much as many a task. Whatever could mean something to a shell goes to the
shell, and so does, in the warden, whatever cannot be executed: what a user sees is the
same. Except that a signal is told as one, where some shells make it exit code 128 + n.
"""

import re

from leo_engine.executors.interpreter import interpreter_of
from leo_engine.spec.model import Action, Argv, PythonCall, Shell
from leo_engine.task_side import RUNTIME

_BLANKS = " \t\n"
_WORD = r"""(?:[A-Za-z0-9_@%+:,./=-]|'[^'\n]*'|"[^"$`\\\n!]*")+"""
_PLAIN = re.compile(rf"{_WORD}(?:[ \t]+{_WORD})*")
_WORDS = re.compile(_WORD)
_UNQUOTED = re.compile(r"[A-Za-z0-9_@%+:,./=\- \t]*")
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_SHELL_WORDS = frozenset(
    """
    ! . : [ [[ alias bg bind break builtin caller case cd chdir command compgen complete
    compopt continue declare dirs disown do done echo elif else enable end esac eval
    exec exit export false fc fg fi for foreach function getopts hash help history if in
    jobs kill let local logout mapfile newgrp popd printf print pushd pwd read readarray
    readonly repeat return select set shift shopt source suspend test then time times
    trap true type typeset ulimit umask unalias unset until wait whence while { }
    """.split()  # noqa: SIM905 - eighty words in quotes are no better
)
"""Reserved words and built-in commands of the common shells.

Source: POSIX.1-2017 XCU 2.4 and 2.14; the manuals of dash, bash, ksh and zsh.
"""
_ALIKE = frozenset({"true", "false"})
"""Built in, yet the same as the program of that name when given no arguments."""


def command_of(
    action: Action, call_path: str = ""
) -> tuple[list[str], str | None] | None:
    """Return the argv to execute, and the script that a shell would be given.

    An empty argv leaves all to the shell; no script rules the shell out. None when the
    action is not a command at all. `call_path` is that of the attempt's request.
    """
    match action:
        case Shell(script):
            return plain_words(script), script
        case Argv(arguments):
            return list(arguments), None
        case PythonCall(target) as call:
            # Values stay out of it: anybody may read the arguments of a process.
            program = interpreter_of(call)
            return [program, "-u", RUNTIME, target, call_path], None
        case _:
            return None


def plain_words(script: str) -> list[str]:
    """Return the words of a script that is one plain command; empty for any other."""
    command = script.strip(_BLANKS)
    if _UNQUOTED.fullmatch(command):
        words = command.split()
    elif _PLAIN.fullmatch(command):
        words = [_QUOTED.sub(r"\1\2", word) for word in _WORDS.findall(command)]
    else:
        return []
    if not words or not words[0] or "=" in words[0]:
        return []
    if words[0] in _SHELL_WORDS and (len(words) > 1 or words[0] not in _ALIKE):
        return []
    return words

"""Where one is in a shell script: inside which quotes, substitutions, here-documents.

Source: POSIX.1-2017, Shell Command Language, sections 2.4 and 2.7.4.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from leo_engine.errors import TemplateError

HEREDOC_OPERATOR = re.compile(
    r"<<(?P<tabs>-?)[ \t]*"
    r"(?P<delimiter>(?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s'\"\\|&;<>()\0])+)"
)
_OPENS_COMMAND = frozenset(
    ("then", "do", "else", "elif", "if", "while", "until", "!", "{", "time")
)


class Place(Enum):
    """What kind of text a value stands in."""

    BARE = auto()
    """A word of a command: the script itself, `$(…)`, backticks."""
    SINGLE = auto()
    DOUBLE = auto()
    PARAMETER = auto()
    """`${…}`"""
    ARITHMETIC = auto()
    """`$((…))`"""
    HEREDOC = auto()
    HEREDOC_QUOTED = auto()
    COMMENT = auto()


@dataclass(slots=True)
class Frame:
    """One level of quoting or substitution."""

    place: Place
    closer: str = ""
    """`)` or a backtick, for a bare frame that something opened."""
    parentheses: int = 0
    cases: int = 0
    """`case … esac` that are open; in them `)` may end a pattern."""
    at_word_start: bool = True
    at_command_start: bool = True
    in_case_head: bool = False
    strips_tabs: bool = False
    """A here-document by `<<-`."""


@dataclass(slots=True)
class Heredoc:
    """A here-document that `<<` has announced."""

    delimiter: str
    strips_tabs: bool
    is_quoted: bool


def is_dollar_before(text: str, position: int) -> bool:
    """Whether a `$` that nothing escapes comes right before `position`."""
    dollar = position - 1
    if dollar < 0 or text[dollar] != "$":
        return False
    first = dollar
    while first and text[first - 1] == "\\":
        first -= 1
    return (dollar - first) % 2 == 0


def note_word(frame: Frame, word: str) -> None:
    """Keep track of `case … in … esac`, and of where a command begins."""
    if frame.in_case_head:
        if word == "in":
            frame.in_case_head = False
            frame.at_command_start = True
        return
    starts = frame.at_command_start
    frame.at_command_start = starts and word in _OPENS_COMMAND
    if starts and word == "case":
        frame.cases += 1
        frame.in_case_head = True
    elif starts and word == "esac" and frame.cases:
        frame.cases -= 1


def is_delimiter(line: str, heredoc: Heredoc) -> bool:
    """Whether a line ends a here-document."""
    return (line.lstrip("\t") if heredoc.strips_tabs else line) == heredoc.delimiter


def check_body(body: str, heredoc: Heredoc) -> None:
    """Refuse a filled body that would end early."""
    if any(is_delimiter(line, heredoc) for line in body.split("\n")):
        raise TemplateError(
            f"a value holds the line {heredoc.delimiter!r} that ends its here-document"
        )

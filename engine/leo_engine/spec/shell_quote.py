"""Quoting one value for one kind of place in a shell script.

Source: POSIX.1-2017, Shell Command Language, section 2.2.
"""

import re

from leo_engine.errors import TemplateError
from leo_engine.spec.model import Json
from leo_engine.spec.value_text import value_text

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
_ARITHMETIC = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[+-]?[0-9]+")
_RESERVED = frozenset(
    [
        "case",
        "do",
        "done",
        "elif",
        "else",
        "esac",
        "fi",
        "for",
        "if",
        "in",
        "then",
        "until",
        "while",
    ]
)


def quote_bare(value: Json, *, before_redirect: bool = False) -> str:
    """Quote a value as one word; a list becomes one word per item, none when empty.

    Digits right before `<` or `>` are quoted: bare, they would name a descriptor.
    """
    if isinstance(value, list | tuple):
        return " ".join(_quote_word(value_text(item)) for item in value)
    text = value_text(value)
    if before_redirect and text.isdecimal():
        return f"'{text}'"
    return _quote_word(text)


def _quote_word(text: str) -> str:
    if _PLAIN.fullmatch(text) and text not in _RESERVED:
        return text
    return f"'{quote_single(text)}'"


def quote_single(text: str) -> str:
    """Quote for inside `'…'`: a quote ends it, stands escaped, and opens it again."""
    return text.replace("'", "'\\''")


def quote_double(text: str) -> str:
    r"""Quote for inside `"…"`: a backslash before `\`, `"`, `$` and the backtick."""
    return re.sub(r'([\\"$`])', r"\\\1", text)


def quote_heredoc(text: str) -> str:
    r"""Quote for a here-document: a backslash before `\`, `$` and the backtick."""
    return re.sub(r"([\\$`])", r"\\\1", text)


def quote_arithmetic(text: str) -> str:
    """Return a whole number or a variable's name as it is.

    Raises:
        TemplateError: it is neither; nothing else can be quoted in `$((…))`.
    """
    if not _ARITHMETIC.fullmatch(text):
        raise TemplateError(f"{text[:40]!r} is not a whole number, as $((…)) needs")
    return text


def quote_parameter(text: str) -> str:
    """Return a text of harmless characters as it is.

    Raises:
        TemplateError: it has others; how `${…}` reads quotes differs between shells.
    """
    if text and not _PLAIN.fullmatch(text):
        raise TemplateError(
            f"{text[:40]!r} cannot stand inside ${{…}}; put it in a variable first"
        )
    return text

"""What may be called what: tasks, DAGs, parameters, variables, environment."""

import re

LONGEST_NAME = 200
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REGISTERED = re.compile(r"[\w\-.\[\]=,]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_JOINERS = str.maketrans("", "", "\u200c\u200d")
"""Parts of words and emoji in several scripts, though they print nothing alone."""
_RESERVED_ENVIRONMENT = ("LD_", "DYLD_", "LEO_")
_FORBIDDEN_IN_NAMES = "/\\"


def name_fault(name: str) -> str:
    """Say what is wrong with the name of a task or DAG; nothing when it is fine.

    Any Unicode text of up to 200 characters will do that prints, does not begin or end
    with a blank, and holds no slash: names become folders and parts of web addresses.
    """
    if not name.strip():
        return "a name cannot be empty"
    if len(name) > LONGEST_NAME:
        return f"a name has at most {LONGEST_NAME} characters, not {len(name)}"
    if name != name.strip():
        return f"the name {name!r} begins or ends with a blank"
    if not name.translate(_JOINERS).isprintable():
        return f"the name {name!r} holds a character that does not print"
    if any(char in name for char in _FORBIDDEN_IN_NAMES):
        return f"the name {name!r} holds a slash"
    return ""


def text_fault(text: str) -> str:
    """Say which control character a command or path holds; nothing when it is fine."""
    match = _CONTROL.search(text)
    return f"holds the control character U+{ord(match[0]):04X}" if match else ""


def environment_fault(name: str) -> str:
    """Say why a task cannot set this environment variable; nothing when it can."""
    if not _IDENTIFIER.fullmatch(name):
        return f"{name!r} cannot be the name of an environment variable"
    for prefix in _RESERVED_ENVIRONMENT:
        if name.startswith(prefix):
            return f"the variable {name!r} is not for DAG files to set ({prefix}*)"
    return ""


def is_identifier(name: str) -> bool:
    """Whether a template can name it without quotes."""
    return _IDENTIFIER.fullmatch(name) is not None


def is_register_name(name: str) -> bool:
    """Whether `register` may use it: what wf allows, letters, digits and `_-.[]=,`."""
    return _REGISTERED.fullmatch(name) is not None

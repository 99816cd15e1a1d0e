"""The one function through which every untrusted string goes on its way to a terminal.

Task names, output, file names and error texts can hold escape sequences that move the
cursor, set the title or reset the terminal, and bidirectional controls that make a line
read as something else. Colour sequences are dropped with the rest: who wants the bytes
asks for them (`logs --raw`).
"""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, modes
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"  # two or three bytes: reset, charsets, keypad
)
"""Whole control sequences. Source: ECMA-48, 5th edition, section 5.4 and 8.3."""

UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f"  # C0 but the tab, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidirectional controls
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # line ends, byte order mark, annotations
    "\ud800-\udfff"  # lone surrogates, which no encoding can write
    "\U000e0000-\U000e007f]"  # invisible tags
)
"""What has no place in a line; a tab has to be made spaces of before."""
TAB_CELLS = 8


def sanitize(text: str) -> str:
    """Return `text` as one harmless line: no control sequences, no control characters.

    Whole sequences vanish; what is left of the controls, line ends included, becomes
    U+FFFD; a tab becomes a space. Source: Unicode Technical Report 36, section 3.
    """
    if text.isprintable():
        return text
    without_sequences = SEQUENCE.sub("", text)
    return UNSAFE.sub(REPLACEMENT, without_sequences).replace("\t", " ")


def sanitize_lines(text: str) -> list[str]:
    """Return the lines of a message of ours that quotes untrusted text."""
    return [sanitize(line) for line in text.split("\n")]


def sanitize_output(line: str) -> str:
    r"""Return one line of a program's output as the terminal would have left it.

    Of a line that was overwritten with `\r`, the last version; tabs to columns of 8.
    """
    if line.isprintable():
        return line
    visible = line.rstrip("\r\n").rsplit("\r", 1)[-1]
    return sanitize(SEQUENCE.sub("", visible).expandtabs(TAB_CELLS))

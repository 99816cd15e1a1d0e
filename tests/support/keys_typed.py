"""The bytes that a terminal sends for a key. Source: xterm's ctlseqs, "PC-Style"."""

_NAMED = {
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "space": b" ",
    "backspace": b"\x7f",
    "delete": b"\x1b[3~",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
}


def typed(key: str) -> bytes:
    """Return what the key, named as in Textual, sends."""
    if key in _NAMED:
        return _NAMED[key]
    if key.startswith("ctrl+"):
        return bytes([ord(key[-1].upper()) ^ 0x40])
    return key.encode()

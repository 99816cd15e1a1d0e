"""A DAG folder that means harm: names, output and errors full of what terminals obey.

`LOUD` and what else is written in capitals is text that must be readable in the end.
"""

import base64
import json
from pathlib import Path

NAMES = (
    "[b]bold",
    "[$primary on [red",
    "[@click=app.bell]press",
    "👩\u200d👩\u200d👧 family ✔ ⚠",
    "日本語の仕事",
    "e\u0301\u0302\u0303 combined",
    "x" * 200,
)
FILE_NAME = "\x1b]0;OWNED\x07\u202e\x1bc.toml"
BROKEN_NAME = "\x1b[500;500Hbroken.toml"

OUTPUT = b"\n".join(
    [
        b"LOUD \x1b[1;31mred\x1b[0m",
        b"\x1b]0;OWNED\x07 title",
        b"\x1b]0;OWNED\x1b\\ title",
        b"\x1b]0;never ends",
        b"\x1b]52;c;T1dORUQ=\x07 clipboard",
        b"\x1b]8;;http://owned.example\x1b\\link\x1b]8;;\x1b\\",
        b"\x1bc reset \x1b#8 \x1b(0 charset \x1b=\x1b>",
        b"\x1b[500;500H\x1b[2K\x1b[500A\x1b[r\x1b[!p\x1b[?5h\x1b[?47h\x1b[6n\x1b[c\x1b[5i",
        b"\x1bP1$r0m\x1b\\ \x1b_Gf=24;AAAA\x1b\\ \x1b^pm\x1b\\ \x1bXsos\x1b\\",
        b"\xc2\x9b500;500H \xc2\x9d0;OWNED\xc2\x9c \xc2\x90q\xc2\x9c",
        b"\x9b500;500H \xff\xfe \xf0\x9f \xc0\xaf invalid",
        b"nul \x00 bell \x07 back\x08\x08\x08 shift \x0e\x0f del \x7f sub \x1a \x18",
        b"100%\r 50%\r OVERWRITTEN",
        "\u202ereversed\u202c \u2066alone\u2069 \u200fmark \u2028 \ufeff".encode(),
        "🏳️‍🌈 👨‍👩‍👧‍👦 e\u0301 \U000e0041 仕事 한글".encode(),
        b"[b]markup[/b] [/] [@click=app.quit]quit[/]",
        b"LONG " + b"0123456789" * 100_000,
        b"\x1b[31m" * 20_000 + b" MANY",
        b"\x1b[" + b"1;" * 50_000 + b"m DEEP",
        b"\ttabs\t\x0b\x0c",
        b"ERROR the last line \x1b[38;2;1;2",
    ]
)


def write_folder(folder: Path) -> None:
    """Write DAG files into the folder: one that runs and fails, one that is broken."""
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / "said.b64"
    said.write_bytes(base64.b64encode(OUTPUT))
    text = 'name = "hostile"\ndescription = "[/] \u009b31m"\n'
    for name in NAMES:
        text += f"[tasks.{_quoted(name)}]\ncmd = \"base64 -d '{said}'; exit 2\"\n"
    text += f"[tasks.after]\ndepends_on = [{_quoted(NAMES[0])}]\ncmd = 'true'\n"
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    (folder / BROKEN_NAME).write_bytes(
        b'[tasks.a]\ncmd = "\x1b]0;OWNED\x07"\nno\x9b way'
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

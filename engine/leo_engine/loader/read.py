"""A DAG file's text, read or printed by its script."""

from pathlib import Path

from leo_engine.errors import Problem, SpecSyntaxError
from leo_engine.loader.find import format_of, is_script, stem_of
from leo_engine.spec.parse import SourceText
from leo_engine.spec.text_place import excerpt, line_and_column

DEADLINE_S = 10.0
"""For a script."""
LARGEST_BYTES = 64 * 1024 * 1024
"""For a file and for what a script prints."""


def read_source(path: Path, *, deadline_s: float = DEADLINE_S) -> SourceText:
    """Return the text of a DAG file.

    Raises:
        SpecSyntaxError: it cannot be read, is no UTF-8, is too large; or its script
            hangs, fails, or prints too much.
    """
    file = str(path)
    if is_script(path):
        from leo_engine.loader.script import run_script  # noqa: PLC0415 -- 2 ms that most folders need not pay

        content = run_script(path, deadline_s=deadline_s, most_bytes=LARGEST_BYTES)
    else:
        content = _read(path)
    return SourceText(
        text=_decoded(content, file),
        document_format=format_of(path),
        file=file,
        stem=stem_of(path),
    )


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            reason = "not a regular file" if path.exists() else "no such file"
            raise _unreadable(path, reason)
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if len(content) > LARGEST_BYTES:
        raise _unreadable(path, f"larger than {LARGEST_BYTES // 1024**2} MiB")
    return content


def _unreadable(path: Path, reason: str) -> SpecSyntaxError:
    problem = Problem(
        message=f"cannot be read: {reason}", file=str(path), line=1, column=1
    )
    return SpecSyntaxError([problem])


def _decoded(content: bytes, file: str) -> str:
    """Return UTF-8 text without a byte order mark."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        rest = content[error.start : error.start + 200].decode("utf-8", "replace")
        line, column = line_and_column(before, len(before))
        byte = content[error.start]
        problem = Problem(
            message=f"not a text in UTF-8: the byte 0x{byte:02X} cannot stand here",
            file=file,
            line=line,
            column=column,
            excerpt=excerpt(before[-500:] + rest, len(before[-500:])),
        )
        raise SpecSyntaxError([problem]) from error

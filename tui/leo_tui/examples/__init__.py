"""First DAG files, commented, that run as they are."""

from pathlib import Path

_FILES = {
    "hello": ("hello.toml",),
    "etl": ("etl.toml",),
    "mixed": ("mixed.toml", "mixed_report.py", "mixed_rates.json"),
}
"""{example: its DAG file, and what that needs beside it}."""
EXAMPLES = tuple(_FILES)
_SOURCES = Path(__file__).parent


def write_example(folder: Path, name: str) -> tuple[Path, ...]:
    """Write an example into a folder, made if need be; return its files' paths.

    Raises:
        FileExistsError: there is such a file; it is left as it is, and all is.
    """
    texts = {
        folder / file: (_SOURCES / file).read_text(encoding="utf-8")
        for file in _FILES[name]
    }
    for path in texts:
        if path.exists():
            raise FileExistsError(17, "it exists", str(path))
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    return tuple(texts)

"""First DAG files, commented, that run as they are."""

from pathlib import Path

EXAMPLES = ("hello", "etl")
_SOURCES = Path(__file__).parent


def write_example(folder: Path, name: str) -> Path:
    """Write an example into a folder, made if need be; return its path.

    Raises:
        FileExistsError: there is such a file; it is left as it is.
    """
    path = folder / f"{name}.toml"
    text = (_SOURCES / path.name).read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path

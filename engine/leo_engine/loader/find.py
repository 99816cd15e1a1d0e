"""Which files of a folder are DAG files."""

from pathlib import Path

from leo_engine.spec.document import DocumentFormat

SETTINGS_FILE = "leo.toml"
_SCRIPT_SUFFIX = ".dag.py"
_PLAN_ENDING = ".batch"
"""What the stem of a plan of many runs ends with, so that it may lie beside DAGs."""
_FORMATS = {
    ".toml": DocumentFormat.TOML,
    ".yaml": DocumentFormat.YAML,
    ".yml": DocumentFormat.YAML,
}
_NOT_DAGS = {
    SETTINGS_FILE: "the settings of this folder",
    "pyproject.toml": "the settings of a Python project",
}
"""Files of other tools, or ours, that a project's own folder is likely to hold."""


def find(folder: Path) -> list[Path]:
    """Return the DAG files of a folder, sorted by name.

    Subfolders and hidden files are not looked into: one folder, one set of DAGs.

    Raises:
        OSError: the folder cannot be listed.
    """
    return sorted(path for path in folder.iterdir() if is_dag_file(path))


def is_dag_file(path: Path) -> bool:
    """Whether a path is, by its name, a DAG file."""
    return not why_no_dag_file(path)


def why_no_dag_file(path: Path) -> str:
    """Return why a path is no DAG file, by its name; "" when it is one."""
    name = path.name
    if name.startswith("."):
        return "hidden: its name begins with a dot"
    if name in _NOT_DAGS:
        return _NOT_DAGS[name]
    if not (is_script(path) or path.suffix in _FORMATS):
        return "no DAG by its name: not .toml, .yaml, .yml or .dag.py"
    if path.stem.endswith(_PLAN_ENDING):
        return "a plan of many runs: leo-tui batch"
    return "a folder: subfolders are not looked into" if path.is_dir() else ""


def is_script(path: Path) -> bool:
    """Whether a file is a Python script that prints a DAG."""
    return path.name.endswith(_SCRIPT_SUFFIX)


def format_of(path: Path) -> DocumentFormat:
    """Return what the text of a DAG file is; for a script, of what it prints."""
    return _FORMATS.get(path.suffix, DocumentFormat.JSON)


def stem_of(path: Path) -> str:
    """Return the file's name without what makes it a DAG file."""
    return path.name.removesuffix(_SCRIPT_SUFFIX) if is_script(path) else path.stem

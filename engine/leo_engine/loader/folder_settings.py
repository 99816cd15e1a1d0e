"""`leo.toml`: what holds for every DAG of a folder."""

from pathlib import Path

import msgspec

from leo_engine.errors import ConfigError, SpecError
from leo_engine.loader.find import SETTINGS_FILE
from leo_engine.loader.read import read_source
from leo_engine.spec.document import read_value
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Json
from leo_engine.spec.parse import SourceText, placed
from leo_engine.spec.source_executors import PositiveCount


class FolderSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """The keys of `leo.toml`."""

    pools: dict[str, PositiveCount] = {}
    """{pool: slots}, shared by every DAG and process of the folder."""


def read_folder_settings(folder: Path) -> FolderSettings:
    """Return the settings of a DAG folder; the defaults when it has no `leo.toml`.

    Raises:
        ConfigError: the file cannot be read, or has keys or values that do not belong.
    """
    path = folder / SETTINGS_FILE
    if not path.exists():
        return FolderSettings()
    try:
        source = read_source(path)
    except SpecError as error:
        raise ConfigError(str(error)) from error
    try:
        root = read_value(source.text, source.document_format)
    except SpecError as error:
        lines = (str(placed(problem, source)) for problem in error.problems)
        raise ConfigError("\n".join(lines)) from error
    return _settings(root if isinstance(root, dict) else {}, source)


def _settings(root: dict[str, Json], source: SourceText) -> FolderSettings:
    try:
        return msgspec.convert(root, FolderSettings)
    except msgspec.ValidationError:
        from leo_engine.spec.explain import keep_fitting  # noqa: PLC0415 -- only for a file with a problem

        findings = Findings(root)
        expected = msgspec.inspect.type_info(FolderSettings)
        fitting = keep_fitting(root, expected, (), findings)
    problems = findings.problems(source.text, source.document_format, source.file)
    if problems:
        raise ConfigError("\n".join(str(problem) for problem in problems))
    return msgspec.convert(fitting, FolderSettings)

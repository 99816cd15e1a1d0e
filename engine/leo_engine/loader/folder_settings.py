"""`leo.toml`: what holds for every DAG of a folder."""

from pathlib import Path

import msgspec

from leo_engine.errors import ConfigError, SpecError
from leo_engine.loader.find import SETTINGS_FILE
from leo_engine.loader.read import read_source
from leo_engine.spec.document import read_document
from leo_engine.spec.explain import keep_fitting
from leo_engine.spec.findings import Findings
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
        if not source.text.strip():
            return FolderSettings()
        root = read_document(source.text, source.document_format)
    except SpecError as error:
        lines = (
            f"{path}:{problem.line}: {problem.message}" for problem in error.problems
        )
        raise ConfigError("\n".join(lines)) from error
    findings = Findings(root)
    fitting = keep_fitting(
        root, msgspec.inspect.type_info(FolderSettings), (), findings
    )
    problems = findings.problems(source.text, source.document_format, str(path))
    if problems:
        raise ConfigError("\n".join(str(problem) for problem in problems))
    return msgspec.convert(fitting, FolderSettings)

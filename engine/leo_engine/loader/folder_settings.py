"""`leo.toml`: what holds for every DAG of a folder."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from leo_engine.errors import (
    ConfigError,
    SpecError,
    SpecSyntaxError,
    SpecValidationError,
)
from leo_engine.loader.find import SETTINGS_FILE
from leo_engine.loader.read import read_source
from leo_engine.ports import Retention
from leo_engine.spec.document import read_value
from leo_engine.spec.draft import duration_ms, size_bytes
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Json
from leo_engine.spec.parse import SourceText, placed
from leo_engine.spec.source_executors import Duration, PositiveCount, Size, Table

_DAY_MS = 86_400_000
_GB = 1_000_000_000
_NOT_IN_HOSTS = re.compile(r"[\s/@]|^[^:]*:[^:]*$")
"""Of a port there is one colon, of an IPv6 address there are several."""


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `[http]` says about requests."""

    allow: tuple[str, ...] = ()
    """Patterns of the hosts that may be asked; empty: all."""
    deny: tuple[str, ...] = ()
    """Patterns of those that may not, whatever `allow` says."""
    max_in_flight: int = 64
    """Requests of one process that may be under way."""
    max_per_host: int = 16


class FolderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What `leo.toml` says, and what holds where it says nothing."""

    pools: Mapping[str, int] = {}
    """{pool: slots}, shared by every DAG and process of the folder."""
    staging_ttl_ms: int = 7 * _DAY_MS
    """How long the shared folder of a run that did not succeed is kept."""
    log_max_bytes: int = _GB
    """Largest output kept of an attempt whose task sets no limit of its own."""
    retention: Retention = Retention(keep_runs=1000, max_bytes=_GB)
    """Which ended runs are removed without being asked to."""
    http: HttpSettings = HttpSettings()


class _RetentionTable(Table, frozen=True):
    keep_runs: PositiveCount | None = None
    older_than: Duration | None = None
    max_size: Size | None = None


class _HttpTable(Table, frozen=True):
    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] | None = None
    max_in_flight: PositiveCount | None = None
    max_per_host: PositiveCount | None = None


class _Written(Table, frozen=True):
    """The keys of `leo.toml`."""

    pools: dict[str, PositiveCount] | None = None
    staging_ttl: Duration | None = None
    log_max: Size | None = None
    retention: _RetentionTable = _RetentionTable()
    http: _HttpTable = _HttpTable()


def read_folder_settings(folder: Path) -> FolderSettings:
    """Return the settings of a DAG folder; the defaults when it has no `leo.toml`.

    Raises:
        ConfigError: the file cannot be read, or has keys or values that do not belong;
            holds every problem.
    """
    try:
        return check_folder_settings(folder)
    except SpecError as error:
        raise ConfigError(str(error)) from error


def check_folder_settings(folder: Path) -> FolderSettings:
    """Return the same.

    Raises:
        SpecError: the file is wrong; holds every problem, each with its place.
    """
    path = folder / SETTINGS_FILE
    if not path.exists():
        return FolderSettings()
    source = read_source(path)
    try:
        root = read_value(source.text, source.document_format)
    except SpecError as error:
        problems = [placed(problem, source) for problem in error.problems]
        raise SpecSyntaxError(problems) from error
    return _settings(root if isinstance(root, dict) else {}, source)


def _settings(root: dict[str, Json], source: SourceText) -> FolderSettings:
    findings = Findings(root)
    resolved = _resolved(_written(root, findings), findings)
    problems = findings.problems(source.text, source.document_format, source.file)
    if problems:
        raise SpecValidationError(problems)
    return resolved


def _written(root: dict[str, Json], findings: Findings) -> _Written:
    """Return what fits of the document; record the rest."""
    try:
        return msgspec.convert(root, _Written)
    except msgspec.ValidationError:
        from leo_engine.spec.explain import keep_fitting  # noqa: PLC0415 -- only for a file with a problem

        expected = msgspec.inspect.type_info(_Written)
        return msgspec.convert(keep_fitting(root, expected, (), findings), _Written)


def _resolved(written: _Written, findings: Findings) -> FolderSettings:
    """Return sizes and durations as numbers; record those that are none."""
    default, table = FolderSettings(), written.retention
    ttl_ms = duration_ms(written.staging_ttl, ("staging_ttl",), findings)
    log_max = size_bytes(written.log_max, ("log_max",), findings)
    largest = size_bytes(table.max_size, ("retention", "max_size"), findings)
    return FolderSettings(
        pools=written.pools or {},
        staging_ttl_ms=default.staging_ttl_ms if ttl_ms is None else ttl_ms,
        log_max_bytes=default.log_max_bytes if log_max is None else log_max,
        retention=Retention(
            keep_runs=table.keep_runs or default.retention.keep_runs,
            older_than_ms=duration_ms(
                table.older_than, ("retention", "older_than"), findings
            ),
            max_bytes=default.retention.max_bytes if largest is None else largest,
        ),
        http=HttpSettings(
            allow=_hosts(written.http.allow, "allow", findings),
            deny=_hosts(written.http.deny, "deny", findings),
            max_in_flight=written.http.max_in_flight or default.http.max_in_flight,
            max_per_host=written.http.max_per_host or default.http.max_per_host,
        ),
    )


def _hosts(
    patterns: tuple[str, ...] | None, key: str, findings: Findings
) -> tuple[str, ...]:
    """Return patterns of hosts; record those that no host could fit."""
    for position, pattern in enumerate(patterns or ()):
        if not pattern or _NOT_IN_HOSTS.search(pattern):
            findings.add(
                ("http", key, position),
                f"{pattern!r} is no host: write 'example.org' or '*.example.org', "
                "without scheme, port and path",
            )
    return patterns or ()

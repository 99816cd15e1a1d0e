"""The keys of a DAG itself: schedule, limits, parameters, environment, secrets."""

from datetime import UTC, datetime

from leo_engine.spec.draft import duration_ms, environment, texts
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Dag, FailurePolicy, Overlap
from leo_engine.spec.names import name_fault, text_fault
from leo_engine.spec.params import declared_params
from leo_engine.spec.source import DagSource
from leo_engine.spec.surroundings import Surroundings
from leo_engine.spec.task_keys import secret_fault

_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)
"""Cron expressions are parsed from a date on; any will do to check one."""


def resolve_dag(
    source: DagSource, stem: str, surroundings: Surroundings, findings: Findings
) -> Dag:
    """Return the DAG without tasks and hooks; every fault is a finding."""
    name = source.name if source.name is not None else stem
    fault = name_fault(name)
    if fault:
        findings.add(("name",), fault)
    _check_schedule(source, surroundings, findings)
    for secret, where in (source.secrets or {}).items():
        fault = secret_fault(secret, where)
        if fault:
            findings.add(("secrets", secret), fault)
    for pool in source.pools or {}:
        fault = name_fault(pool)
        if fault:
            findings.add(("pools", pool), fault, at_key=True)
    return Dag(
        name=name,
        tasks=(),
        description=source.description or "",
        tags=source.tags or (),
        params=declared_params(source.params or {}, findings),
        env=environment(source.env or {}, ("env",), findings),
        dotenv=_paths(source, findings),
        pools=tuple((source.pools or {}).items()),
        max_parallel=source.max_parallel,
        max_active_runs=source.max_active_runs or 1,
        timeout_ms=duration_ms(source.timeout, ("timeout",), findings) or None,
        failure_policy=source.failure_policy or FailurePolicy.CONTINUE,
        schedule=texts(source.schedule),
        timezone=source.timezone or "",
        catchup_ms=duration_ms(source.catchup, ("catchup",), findings),
        overlap=source.overlap or Overlap.SKIP,
    )


def _paths(source: DagSource, findings: Findings) -> tuple[str, ...]:
    paths = texts(source.dotenv)
    for path in paths:
        fault = text_fault(path)
        if fault:
            findings.add(("dotenv",), f"'dotenv' {fault}")
    return paths


def _check_schedule(
    source: DagSource, surroundings: Surroundings, findings: Findings
) -> None:
    timezone = source.timezone
    if timezone is not None and not surroundings.is_timezone(timezone):
        findings.add(
            ("timezone",),
            f"there is no time zone {timezone!r}",
            hint="write it like 'Europe/Paris' or 'UTC'",
        )
    if source.schedule is None:
        return
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 -- only when there is a schedule

    for position, expression in enumerate(texts(source.schedule)):
        try:
            CronSim(expression, _SOME_DAY)
        except CronSimError as error:
            path = ("schedule",) if isinstance(source.schedule, str) else ()
            findings.add(
                path or ("schedule", position),
                f"{expression!r} is not a cron expression: {error}",
                hint="five fields: minute hour day month weekday",
            )

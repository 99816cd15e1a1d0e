"""The action of a task: exactly one of `cmd`, `python`, `http`, `dag`, `approval`."""

import re
from collections.abc import Callable, Mapping

import msgspec

from leo_engine.spec.draft import Draft, duration_ms, plain, size_bytes
from leo_engine.spec.honoured import ACTION_KEYS, TaskKind
from leo_engine.spec.http_checks import check_http
from leo_engine.spec.model import (
    Action,
    Approval,
    Argv,
    HttpCall,
    Json,
    PythonCall,
    Shell,
    SubDag,
)
from leo_engine.spec.source import TaskSource
from leo_engine.spec.value_text import value_text

_NOTHING = Shell("")
"""Stands in for an action that is a finding already."""
_NAMES = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"
_FILE = r"([\w\-]+/)*[\w\-]+(\.[\w\-]+)*\.py"
_TARGET = re.compile(rf"({_NAMES}|{_FILE}):{_NAMES}")
_HTTP_DURATIONS = ("timeout", "deadline", "retry_cap")


def resolve_action(draft: Draft) -> Action:
    """Return what the task does; `image` alone runs the image's own command."""
    written = [key for key in ACTION_KEYS if draft.raw.get(key) is not None]
    if len(written) == 1:
        return _BUILDERS[written[0]](draft, draft.source)
    is_container = draft.kind in {TaskKind.DOCKER, TaskKind.KUBERNETES}
    if not written and is_container and draft.source.image:
        return Argv(())
    if written:
        keys = " and ".join(repr(key) for key in written)
        draft.fault(written[1], f"a task does one thing; this one has {keys}")
    elif not draft.findings.has(draft.path):
        names = ", ".join(ACTION_KEYS)
        draft.findings.add(
            draft.path,
            f"the task {draft.base!r} does nothing: it needs one of {names}",
            at_key=True,
        )
    return _NOTHING


def _cmd(draft: Draft, source: TaskSource) -> Action:
    cmd = source.cmd
    if isinstance(cmd, str):
        if not cmd.strip():
            draft.fault("cmd", "'cmd' is empty")
        return draft.pool.share(Shell(draft.text("cmd", cmd)))
    arguments = tuple(draft.text("cmd", value_text(item)) for item in cmd or ())
    if not arguments or not arguments[0].strip():
        draft.fault("cmd", "'cmd' needs a program as its first item")
    return draft.pool.share(Argv(arguments))


def _python(draft: Draft, source: TaskSource) -> Action:
    target = source.python or ""
    if not _TARGET.fullmatch(target):
        fault = f"{target!r} is not 'module:callable' or 'file.py:callable'"
        draft.fault("python", fault)
    return PythonCall(
        target, _arguments(draft, source), draft.text("venv", source.venv or "")
    )


def _dag(draft: Draft, source: TaskSource) -> Action:
    return SubDag(source.dag or "", _arguments(draft, source))


def _approval(draft: Draft, source: TaskSource) -> Action:
    prompt = source.approval or ""
    if not prompt.strip():
        draft.fault("approval", "'approval' needs a question")
    return Approval(draft.text("approval", prompt))


def _arguments(draft: Draft, source: TaskSource) -> msgspec.Raw:
    if not source.with_:
        return msgspec.Raw(b"{}")
    arguments = plain(source.with_, (*draft.path, "with"), draft.findings)
    return encoded(arguments)


def encoded(value: Json) -> msgspec.Raw:
    """Return JSON that is the same for equal values, whatever the order of keys."""
    return msgspec.Raw(msgspec.json.encode(value, order="deterministic"))


def _http(draft: Draft, source: TaskSource) -> Action:
    http = source.http
    raw = draft.raw.get("http")
    if http is None or not isinstance(raw, dict):
        return _NOTHING
    check_http(draft, http)
    options: dict[str, Json] = {
        key: value for key, value in raw.items() if value is not None
    }
    path = (*draft.path, "http")
    for key in _HTTP_DURATIONS:
        if key in options:
            written = options.pop(key)
            options[f"{key}_ms"] = _duration(draft, written, "http", key)
    if http.max_body is not None:
        del options["max_body"]
        options["max_body_bytes"] = size_bytes(
            http.max_body, (*path, "max_body"), draft.findings
        )
    if http.poll is not None:
        poll = ("http", "poll")
        options["poll"] = {
            "until": http.poll.until,
            "interval_ms": _pause(draft, http.poll.interval, *poll, "interval"),
            "deadline_ms": _duration(draft, http.poll.deadline, *poll, "deadline"),
        }
    return HttpCall(encoded(plain(options, path, draft.findings)))


def _duration(draft: Draft, written: Json, *keys: str) -> int | None:
    if not isinstance(written, str | int | float):
        return None
    return duration_ms(written, (*draft.path, *keys), draft.findings)


def _pause(draft: Draft, written: Json, *keys: str) -> int | None:
    pause_ms = _duration(draft, written, *keys)
    if pause_ms == 0:
        draft.findings.add((*draft.path, *keys), "must be longer than nothing")
    return pause_ms


_BUILDERS: Mapping[str, Callable[[Draft, TaskSource], Action]] = {
    "cmd": _cmd,
    "python": _python,
    "http": _http,
    "dag": _dag,
    "approval": _approval,
}

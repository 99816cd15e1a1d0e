"""Secrets and the places they must not stay in: log files, outcomes, messages."""

import contextlib
import mmap
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from leo_engine.errors import LaunchError
from leo_engine.scheduler.kept_output import kept_from
from leo_engine.spec.model import Dag, Json, Secret
from leo_engine.state.outcome import (
    Cancelled,
    Failed,
    Lost,
    Outcome,
    Succeeded,
    TimedOut,
)

MASK = "***"


def secret_values(
    secrets: Sequence[Secret], environ: Mapping[str, str], folder: str
) -> dict[str, str]:
    """Return {name: value} of declared secrets; `file:` paths are relative to `folder`.

    Raises:
        LaunchError: a source cannot be read; names it, never its value.
    """
    values: dict[str, str] = {}
    for secret in secrets:
        kind, _, where = secret.source.partition(":")
        if kind == "env" and where not in environ:
            message = f"secret {secret.name}: variable {where} is not set"
            raise LaunchError(message)
        values[secret.name] = (
            environ[where] if kind == "env" else _read_secret(secret, where, folder)
        )
    return values


def sources_of_secrets(dag: Dag) -> tuple[str, ...]:
    """Return the variables that hold secrets: no task gets them under that name."""
    sources = {secret.source for task in dag.tasks for secret in task.secrets}
    return tuple(
        sorted(
            source.removeprefix("env:")
            for source in sources
            if source.startswith("env:")
        )
    )


def _read_secret(secret: Secret, where: str, folder: str) -> str:
    try:
        path = Path(folder, Path(where).expanduser())
        return path.read_text(encoding="utf-8").rstrip("\n")
    # A home that nobody has is a RuntimeError, a path with a NUL a ValueError.
    except (OSError, ValueError, RuntimeError) as error:
        message = f"secret {secret.name}: cannot read {where}: {error}"
        raise LaunchError(message) from error


def known_masks(
    secrets: Sequence[Secret], environ: Mapping[str, str], folder: str
) -> tuple[str, ...]:
    """Return the texts to mask, as far as the sources can still be read."""
    values: dict[str, str] = {}
    for secret in secrets:
        with contextlib.suppress(LaunchError):
            values |= secret_values([secret], environ, folder)
    return maskable(values)


def maskable(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts to mask, longest first.

    They are each value, each of its lines, and both as they are written in JSON.
    """
    texts = set(values.values())
    for value in values.values():
        texts.update(line for line in value.splitlines() if len(line) > len(MASK))
    texts |= {msgspec.json.encode(text).decode()[1:-1] for text in texts}
    return tuple(sorted(filter(None, texts), key=len, reverse=True))


def mask_text(text: str, secrets: Sequence[str]) -> str:
    """Return `text` with `***` for every stretch that secrets cover."""
    spans = sorted(
        (at, at + len(secret)) for secret in secrets for at in _places(text, secret)
    )
    parts: list[str] = []
    done = 0
    for start, end in spans:
        if start >= done:
            parts += (text[done:start], MASK)
        done = max(done, end)
    parts.append(text[done:])
    return "".join(parts)


def _places(text: str, secret: str) -> Iterator[int]:
    at = text.find(secret)
    while at >= 0:
        yield at
        at = text.find(secret, at + 1)


def mask_json(value: Json, secrets: Sequence[str]) -> Json:
    """Return a JSON-like value with secrets replaced in its texts, keys and numbers."""
    match value:
        case str():
            return mask_text(value, secrets)
        case dict():
            return {
                mask_text(str(key), secrets): mask_json(item, secrets)
                for key, item in value.items()
            }
        case list():
            return [mask_json(item, secrets) for item in value]
        case bool() | None:
            return value
        case _:
            text = str(value)
            masked = mask_text(text, secrets)
            return value if masked == text else masked


def mask_outcome(outcome: Outcome, secrets: Sequence[str]) -> Outcome:
    """Return an outcome as it may be stored: no secret in its texts."""
    if not secrets:
        return outcome
    match outcome:
        case Succeeded(output=output, registered=registered):
            masked = mask_json(output, secrets)
            return msgspec.structs.replace(
                outcome,
                output=masked if isinstance(masked, dict) else None,
                registered=None
                if registered is None
                else mask_text(registered, secrets),
            )
        case Failed(reason=reason) | Cancelled(reason=reason) | Lost(reason=reason):
            return msgspec.structs.replace(outcome, reason=mask_text(reason, secrets))
        case TimedOut():
            return outcome


def scrub_file(path: str, secrets: Sequence[str]) -> int:
    """Overwrite secrets in a log with as many `*`; return how many there were.

    Offsets stay what they were, so a reader that follows the file is not disturbed, and
    what `log_max` has given back is not touched: that could make it take room again.
    """
    try:
        # A task may have made its output read-only, or made a folder of that name.
        Path(path).chmod(0o600)
        with Path(path).open("r+b") as file:
            start = kept_from(file.fileno())
            start -= start % mmap.ALLOCATIONGRANULARITY
            if os.fstat(file.fileno()).st_size <= start:
                return 0
            with mmap.mmap(file.fileno(), 0, offset=start) as view:
                return _overwrite(view, [secret.encode() for secret in secrets])
    except OSError:
        return 0


def _overwrite(view: mmap.mmap, needles: Sequence[bytes]) -> int:
    # All are found before any is overwritten: one may begin inside another.
    spans: list[tuple[int, int]] = []
    for needle in needles:
        at = view.find(needle)
        while at >= 0:
            spans.append((at, at + len(needle)))
            at = view.find(needle, at + 1)
    for start, end in spans:
        view[start:end] = b"*" * (end - start)
    return len(spans)

"""Secrets and the places they must not stay in: log files, outcomes, messages."""

import mmap
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from leo_engine.errors import LaunchError
from leo_engine.spec.model import Json, Secret
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
        if kind == "env":
            if where not in environ:
                message = f"secret {secret.name}: variable {where} is not set"
                raise LaunchError(message)
            values[secret.name] = environ[where]
        else:
            path = Path(folder, where).expanduser()
            try:
                values[secret.name] = path.read_text(encoding="utf-8").rstrip("\n")
            except (OSError, UnicodeDecodeError) as error:
                message = f"secret {secret.name}: cannot read {path}: {error}"
                raise LaunchError(message) from error
    return values


def maskable(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts to mask, longest first: each value and each of its lines."""
    texts = set(values.values())
    for value in values.values():
        texts.update(line for line in value.splitlines() if len(line) > len(MASK))
    return tuple(sorted((text for text in texts if text), key=len, reverse=True))


def mask_text(text: str, secrets: Sequence[str]) -> str:
    """Return `text` with every secret replaced by `***`."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def mask_json(value: Json, secrets: Sequence[str]) -> Json:
    """Return a JSON-like value with secrets replaced in its texts and keys."""
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
        case _:
            return value


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

    Offsets stay what they were, so a reader that follows the file is not disturbed.
    """
    found = 0
    try:
        with Path(path).open("r+b") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return 0
            with mmap.mmap(file.fileno(), 0) as view:
                for secret in secrets:
                    found += _overwrite(view, secret.encode())
    except FileNotFoundError:
        return 0
    return found


def _overwrite(view: mmap.mmap, needle: bytes) -> int:
    count = 0
    at = view.find(needle)
    while at >= 0:
        view[at : at + len(needle)] = b"*" * len(needle)
        count += 1
        at = view.find(needle, at + len(needle))
    return count

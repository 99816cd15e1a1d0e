"""How an attempt ended, as data. The tags are stored; never rename them."""

from typing import assert_never

import msgspec

from leo_engine.spec.model import Json


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the attempt's process and its reaped children used."""

    cpu_ms: int = 0
    peak_rss_bytes: int = 0


class Succeeded(msgspec.Struct, frozen=True, tag="succeeded", omit_defaults=True):
    """It did what it should."""

    output: dict[str, Json] | None = None
    """What it wrote to `$LEO_OUTPUT`; None when nothing."""
    registered: str | None = None
    """Last non-blank line of stdout, for a task with `register`."""
    usage: Usage = Usage()


class Failed(msgspec.Struct, frozen=True, tag="failed", omit_defaults=True):
    """It ended and did not do what it should."""

    reason: str
    """One line for people: `exit 2`, `killed by SIGSEGV`, `no such program: 'foo'`."""
    exit_code: int | None = None
    """None when it never ran or died by a signal."""
    signal: int | None = None
    usage: Usage = Usage()


class TimedOut(msgspec.Struct, frozen=True, tag="timed_out", omit_defaults=True):
    """It was stopped because its time was up."""

    limit_ms: int = 0
    usage: Usage = Usage()


class Cancelled(msgspec.Struct, frozen=True, tag="cancelled", omit_defaults=True):
    """It was stopped because somebody, or the failure policy, said so."""

    reason: str = ""
    usage: Usage = Usage()


class Lost(msgspec.Struct, frozen=True, tag="lost", omit_defaults=True):
    """Its process, container or machine is gone and left no result."""

    reason: str


Outcome = Succeeded | Failed | TimedOut | Cancelled | Lost


def says_something(outcome: Outcome) -> bool:
    """Tell whether an outcome holds more than that all went well."""
    if not isinstance(outcome, Succeeded):
        return True
    return outcome.output is not None or outcome.registered is not None


def tag_of(outcome: Outcome) -> str:
    """Return the name an outcome is stored by."""
    return str(outcome.__struct_config__.tag)


def usage_of(outcome: Outcome) -> Usage:
    """Return what an attempt used; nothing is known of a lost one."""
    return Usage() if isinstance(outcome, Lost) else outcome.usage


def reason_of(outcome: Outcome) -> str:
    """Return one line for people on how it ended; empty for a success."""
    match outcome:
        case Succeeded():
            return ""
        case TimedOut():
            return f"timed out after {outcome.limit_ms / 1000:g} s"
        case Failed() | Lost() | Cancelled():
            return outcome.reason
        case _:
            assert_never(outcome)

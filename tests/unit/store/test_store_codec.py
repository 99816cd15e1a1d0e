"""What is written into a column comes out of it."""

import hashlib

import pytest

from leo_engine.ids import run_id
from leo_engine.state.event import AttemptFinished, RunStarted
from leo_engine.state.outcome import Failed, Succeeded, Usage
from leo_engine.store.codec import event_of, event_values, pack, unpack
from leo_engine.store.finding import dashed

INCOMPRESSIBLE = hashlib.shake_128(b"leo").digest(10_000)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"\1",
        b"x" * 4095,
        b"x" * 100_000,
        INCOMPRESSIBLE,
    ],
    ids=["empty", "zero", "one", "short", "long", "incompressible"],
)
def test_unpacks_what_it_packed(content: bytes) -> None:
    assert unpack(pack(content)) == content


def test_a_long_text_is_stored_deflated() -> None:
    assert len(pack(b"depends_on = []\n" * 1000)) < 1000


def test_an_incompressible_content_grows_by_one_byte_at_most() -> None:
    assert len(pack(INCOMPRESSIBLE)) == len(INCOMPRESSIBLE) + 1


@pytest.mark.parametrize(
    "event",
    [
        RunStarted(at_ms=1, dag_hash="d", params={"n": 1, "list": [None, 2.5, "é"]}),
        AttemptFinished(
            at_ms=1,
            task="load[shard=a]",
            attempt=2,
            outcome=Succeeded(output={"a": {}}, usage=Usage(1, 2)),
        ),
        AttemptFinished(at_ms=1, task="t", attempt=1, outcome=Failed("exit 2", 2)),
    ],
)
def test_an_event_comes_back_equal_and_its_kind_has_a_column(
    event: RunStarted | AttemptFinished,
) -> None:
    key, seq, kind, body = event_values(3, 7, event)
    assert (key, seq) == (3, 7)
    assert f'"kind":"{kind}"' in body
    assert event_of(body) == event


def test_dashes_go_where_a_uuid_has_them() -> None:
    whole = run_id(1_700_000_000_000, 12345)
    digits = whole.replace("-", "")
    for length in range(len(digits) + 1):
        assert whole.startswith(dashed(digits[:length]))
    assert dashed(digits) == whole

"""The second half of the exam of `RunStore`: looking, asking, removing."""

import msgspec
import pytest

from leo_engine.errors import (
    RunNotFoundError,
    StoreError,
)
from leo_engine.ports import (
    PoolClaim,
    RunFilter,
    RunRequest,
    RunStore,
)
from leo_engine.state.rows import OutputRow
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import with_fields
from leo_engine.testing.fake_clock import FakeClock
from leo_engine.testing.run_rows import (
    START_MS,
    VERSION,
    Pen,
    finished,
    prepared,
    run_row,
)


@pytest.mark.parametrize("name", ["latest", "last", " LAST "])
def test_latest_is_the_newest_run_that_somebody_started(
    store: RunStore, name: str
) -> None:
    Pen.of(store, run_row(1))
    second = Pen.of(store, run_row(2, concurrency_key="2"))
    Pen.of(store, run_row(3, concurrency_key="", parent_run=second.row.run_id))
    assert store.find_run(name).run_id == second.row.run_id


def test_finds_a_run_by_any_beginning_of_its_id(store: RunStore) -> None:
    run_id = Pen.of(store).row.run_id
    plain = run_id.replace("-", "")
    for prefix in (run_id, run_id[:12], run_id[:9], plain, plain[:14], run_id.upper()):
        assert store.find_run(prefix).run_id == run_id


def test_finds_a_run_by_the_number_that_the_screen_shows(store: RunStore) -> None:
    Pen.of(store, run_row(1, concurrency_key=""))
    second = Pen.of(store, run_row(2, concurrency_key=""))
    number = store.find_run("latest").run_key
    assert store.find_run(f"#{number}").run_id == second.row.run_id
    with pytest.raises(RunNotFoundError):
        store.find_run(f"#{number + 1}")


def test_a_beginning_that_several_runs_share_names_them(store: RunStore) -> None:
    rows = [run_row(number, concurrency_key="") for number in range(1, 4)]
    for row in rows:
        Pen.of(store, row)
    with pytest.raises(RunNotFoundError) as refused:
        store.find_run(rows[0].run_id[:4])
    assert all(row.run_id in str(refused.value) for row in rows)


@pytest.mark.parametrize("prefix", ["fff", "", "nonsense", "%", "--"])
def test_a_beginning_that_no_run_has_is_not_found(store: RunStore, prefix: str) -> None:
    Pen.of(store)
    with pytest.raises(RunNotFoundError):
        store.find_run(prefix)


def test_an_empty_store_has_no_latest_run(store: RunStore) -> None:
    with pytest.raises(RunNotFoundError):
        store.find_run("latest")


async def test_lists_runs_newest_first_filtered_and_limited(store: RunStore) -> None:
    old = await finished(store, 1)
    other = await finished(store, 2, dag="other", file="other.toml")
    new = await finished(store, 3)

    def ids(**wanted: object) -> list[str]:
        return [row.run_id for row in store.runs(with_fields(RunFilter(), **wanted))]

    assert ids() == [new.run_id, other.run_id, old.run_id]
    assert ids(dag="etl") == [new.run_id, old.run_id]
    assert ids(file="other.toml") == [other.run_id]
    assert ids(limit=1) == [new.run_id]
    assert ids(since_ms=other.created_ms) == [new.run_id, other.run_id]
    assert ids(descending=False)[0] == old.run_id


async def test_filters_by_the_status_that_is_shown(
    store: RunStore, clock: FakeClock
) -> None:
    ended = await finished(store, 1)
    left = Pen.of(store, run_row(2, concurrency_key="left"))
    await store.append(left.begun())
    store.release(left.row.run_key, epoch=1)
    going = Pen.of(store, run_row(3, concurrency_key="going"))
    await store.append(going.begun())

    def ids(*statuses: RunStatus) -> list[str]:
        return [row.run_id for row in store.runs(RunFilter(statuses=statuses))]

    assert ids(RunStatus.INTERRUPTED) == [left.row.run_id]
    assert ids(RunStatus.RUNNING) == [going.row.run_id]
    both = ids(RunStatus.SUCCEEDED, RunStatus.INTERRUPTED)
    assert both == [left.row.run_id, ended.run_id]


async def test_sorts_runs_by_duration_dag_and_status(store: RunStore) -> None:
    slow = await finished(store, 1, at_ms=START_MS + 900)
    quick = await finished(store, 2, at_ms=START_MS + 10, dag="zeta")
    failed = Pen.of(store, run_row(3, concurrency_key="", dag="alpha"))
    await store.append(failed.begun())
    await store.append(failed.ended(RunStatus.FAILED, at_ms=START_MS + 500))

    def ids(sort: str, *, descending: bool) -> list[str]:
        wanted = RunFilter(sort=sort, descending=descending)
        return [row.run_id for row in store.runs(wanted)]

    by_duration = [slow.run_id, failed.row.run_id, quick.run_id]
    assert ids("duration", descending=True) == by_duration
    assert ids("duration", descending=False) == by_duration[::-1]
    by_dag = [failed.row.run_id, slow.run_id, quick.run_id]
    assert ids("dag", descending=False) == by_dag
    assert ids("dag", descending=True) == by_dag[::-1]
    by_status = [failed.row.run_id, quick.run_id, slow.run_id]
    assert ids("status", descending=False) == by_status


# durations, requests, pools


async def test_learns_the_median_of_the_latest_twenty_successes(
    store: RunStore,
) -> None:
    pen = Pen.of(store)
    for attempt in range(1, 31):
        # Ten slow ones that are forgotten, then 10 to 29 ms.
        duration_ms = 5_000 if attempt <= 10 else attempt - 1
        await store.append(pen.succeeded("a", attempt, duration_ms=duration_ms))
    await store.append(pen.ended())
    assert store.durations("etl") == {"a": 20}
    assert store.durations("other") == {}


async def test_a_failure_teaches_no_duration(store: RunStore) -> None:
    pen = Pen.of(store)
    write = pen.succeeded("a")
    failed = with_fields(write.attempts[0], outcome="failed")
    await store.append(with_fields(write, attempts=(failed,)))
    await store.append(pen.ended())
    assert store.durations("etl") == {}


def test_a_request_stays_open_until_it_is_answered(store: RunStore) -> None:
    key = Pen.of(store).row.run_key
    wanted = RunRequest(
        action="retry", tasks=("a", "b"), downstream=True, by="ann", at_ms=START_MS
    )
    first = store.request(key, wanted)
    second = store.request(key, RunRequest(action="cancel", at_ms=START_MS))
    open_now = store.open_requests(key)
    assert open_now[0] == with_fields(wanted, request_id=first)
    assert [request.request_id for request in open_now] == [first, second]
    assert store.answer_to(first) is None
    store.answer(first, "done")
    store.answer(first, "done again")
    assert store.answer_to(first) == "done"
    assert [request.request_id for request in store.open_requests(key)] == [second]


def test_a_request_to_a_run_that_does_not_exist_is_refused(store: RunStore) -> None:
    with pytest.raises(StoreError):
        store.request(99, RunRequest(action="cancel", at_ms=START_MS))


def test_the_revision_moves_with_every_change_and_only_then(store: RunStore) -> None:
    key = Pen.of(store).row.run_key
    before = store.revision()
    assert store.revision() == before
    store.request(key, RunRequest(action="cancel", at_ms=START_MS))
    assert store.revision() != before


async def test_a_shared_pool_is_never_claimed_beyond_its_limit(
    store: RunStore,
) -> None:
    key = Pen.of(store).row.run_key
    claims = [
        PoolClaim(run_key=key, task=task, attempt=1, pool="gpu") for task in ("a", "b")
    ]
    assert await store.claim_pool(claims[0], limit=1)
    assert not await store.claim_pool(claims[1], limit=1)
    assert await store.claim_pool(claims[0], limit=1)
    await store.drop_claim(claims[0])
    assert await store.claim_pool(claims[1], limit=1)


async def test_an_attempt_that_ends_gives_its_slots_back(store: RunStore) -> None:
    pen = Pen.of(store)
    key = pen.row.run_key
    assert await store.claim_pool(
        PoolClaim(run_key=key, task="a", attempt=1, pool="gpu", slots=9), limit=4
    )
    await store.append(pen.started("a"))
    other = PoolClaim(run_key=key, task="b", attempt=1, pool="gpu")
    assert not await store.claim_pool(other, limit=4)
    await store.append(pen.succeeded("a"))
    assert await store.claim_pool(other, limit=4)


async def test_claims_of_a_run_count_only_while_it_has_an_owner(
    store: RunStore, clock: FakeClock
) -> None:
    left = Pen.of(store).row.run_key
    other = Pen.of(store, run_row(2, concurrency_key="2")).row.run_key
    claim = PoolClaim(run_key=left, task="a", attempt=1, pool="gpu")
    wanted = PoolClaim(run_key=other, task="a", attempt=1, pool="gpu")
    assert await store.claim_pool(claim, limit=1)
    store.release(left, epoch=1)
    assert await store.claim_pool(wanted, limit=1)
    await store.drop_claim(wanted)
    store.take(left, owner="host:3")
    assert not await store.claim_pool(wanted, limit=1)


# export, closing


async def test_exports_a_run_whole(store: RunStore) -> None:
    pen = Pen.of(store, run_row(params={"n": 1}))
    await store.append(pen.begun())
    await store.append(pen.started("a"))
    output = OutputRow(task="a", output={"rows": 3})
    await store.append(pen.write(outputs=[output]))
    exported = msgspec.json.decode(store.export_run(pen.row.run_key))
    assert exported["format"] == 1
    assert exported["run"]["run_id"] == pen.row.run_id
    assert exported["run"]["params"] == {"n": 1}
    assert exported["dag_version"]["source"] == VERSION.source
    assert exported["dag_version"]["resolved"] == {"name": "etl"}
    assert [task["task"] for task in exported["tasks"]] == ["a", "b"]
    assert exported["attempts"][0]["attempt"] == 1
    assert exported["outputs"] == [
        {"task": "a", "output": {"rows": 3}, "registered": None}
    ]
    assert [entry["seq"] for entry in exported["events"]] == [1, 2]
    assert exported["events"][0]["event"]["kind"] == "run_started"


def test_exporting_a_run_that_does_not_exist_says_so(store: RunStore) -> None:
    with pytest.raises(RunNotFoundError):
        store.export_run(99)


def test_finds_nothing_wrong_with_itself(store: RunStore) -> None:
    Pen.of(store)
    assert store.check() == []


async def test_a_closed_store_refuses_everything(store: RunStore) -> None:
    pen = Pen.of(store)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.append(pen.begun())
    with pytest.raises(StoreError, match="closed"):
        store.runs(RunFilter())
    with pytest.raises(StoreError, match="closed"):
        prepared(store, run_row(2))

"""What is to be done about each entry of a plan, going by the runs that there are."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from leo_engine.app.batch_types import BatchEntry, EntryAction, EntryChoice, LoadedPlan
from leo_engine.app.starting import input_hash
from leo_engine.ports import RunRow, RunStore
from leo_engine.state.status import RunStatus

_ACTIONS: Mapping[RunStatus, tuple[EntryAction, str]] = MappingProxyType(
    {
        RunStatus.PENDING: (EntryAction.FOLLOW, "under way as run {run}"),
        RunStatus.RUNNING: (EntryAction.FOLLOW, "under way as run {run}"),
        RunStatus.INTERRUPTED: (EntryAction.ADOPT, "run {run} lost its engine"),
        RunStatus.FAILED: (EntryAction.RESUME, "run {run} failed"),
        RunStatus.CANCELLED: (EntryAction.RESUME, "run {run} was cancelled"),
        RunStatus.TIMED_OUT: (EntryAction.RESUME, "run {run} timed out"),
        RunStatus.SUCCEEDED: (EntryAction.SKIP, "succeeded already in run {run}"),
    }
)


def survey(store: RunStore | None, plan: LoadedPlan, *, new: bool) -> list[EntryChoice]:
    """Return a choice for every entry; without a store nothing has run yet."""
    return list(_choices(store, plan, new=new))


def _choices(
    store: RunStore | None, plan: LoadedPlan, *, new: bool
) -> Iterator[EntryChoice]:
    first: dict[bytes, int] = {}
    for entry in plan.entries:
        position = first.setdefault(entry.key, entry.position)
        if position != entry.position:
            reason = f"same as entry {position}"
            yield EntryChoice(entry=entry, action=EntryAction.SKIP, reason=reason)
        elif new:
            reason = "a run of its own was asked for"
            yield EntryChoice(entry=entry, action=EntryAction.CREATE, reason=reason)
        else:
            run = None if store is None else newest_run(store, plan, entry)
            yield choice_for(entry, run)


def choice_for(entry: BatchEntry, run: RunRow | None) -> EntryChoice:
    """Return what to do about an entry whose newest run is `run`."""
    if run is None:
        return created(entry)
    action, reason = _ACTIONS[run.status]
    return EntryChoice(
        entry=entry,
        action=action,
        reason=reason.format(run=run.run_id),
        run_id=run.run_id,
    )


def created(entry: BatchEntry) -> EntryChoice:
    """Return the choice that begins a run of its own for an entry."""
    reason = "has not run yet"
    return EntryChoice(entry=entry, action=EntryAction.CREATE, reason=reason)


def newest_run(store: RunStore, plan: LoadedPlan, entry: BatchEntry) -> RunRow | None:
    """Return the newest run of an entry's DAG, as it is now, with its parameters."""
    dag_hash = plan.dags[entry.dag].version.dag_hash
    return store.newest_run(entry.dag, input_hash(dag_hash, entry.params))

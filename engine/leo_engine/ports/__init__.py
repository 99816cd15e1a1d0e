"""What the engine's shells need from the world: Protocols and the data they take.

Every port has a fake in `leo_engine.testing` and one exam in `tests/contract/` that
fakes and real adapters both take.
"""

from leo_engine.ports.batches import (
    BatchItemKey,
    BatchItemRow,
    BatchRow,
)
from leo_engine.ports.execution import (
    OUTPUT_LIMIT_BYTES,
    AttemptRequest,
    Clock,
    Executor,
    HostSample,
    Instant,
    ResourceSample,
)
from leo_engine.ports.records import (
    AuditEntry,
    Busy,
    Created,
    DagVersion,
    JournalWrite,
    Lease,
    LeaseJudge,
    PoolClaim,
    Prepared,
    Removed,
    RemovedRun,
    Retention,
    Reuse,
    RunFilter,
    RunRequest,
    RunRow,
    StagingRow,
    StagingState,
    StoredEvent,
    Taken,
)
from leo_engine.ports.storage import (
    Journal,
    Observer,
    RunStore,
)

__all__ = [
    "OUTPUT_LIMIT_BYTES",
    "AttemptRequest",
    "AuditEntry",
    "BatchItemKey",
    "BatchItemRow",
    "BatchRow",
    "Busy",
    "Clock",
    "Created",
    "DagVersion",
    "Executor",
    "HostSample",
    "Instant",
    "Journal",
    "JournalWrite",
    "Lease",
    "LeaseJudge",
    "Observer",
    "PoolClaim",
    "Prepared",
    "Removed",
    "RemovedRun",
    "ResourceSample",
    "Retention",
    "Reuse",
    "RunFilter",
    "RunRequest",
    "RunRow",
    "RunStore",
    "StagingRow",
    "StagingState",
    "StoredEvent",
    "Taken",
]

"""What every way of telling about a batch can do."""

from typing import Protocol

from leo_engine.app.batch_types import BatchObserver
from leo_tui.headless.reporter import Reporter


class BatchReporter(Reporter, BatchObserver, Protocol):
    """Tells about a batch and closes like any reporter; the results come before."""

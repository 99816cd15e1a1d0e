"""The part of the facade that looks at batches; it starts and stores nothing."""

from typing import TYPE_CHECKING

from leo_engine.app.premises import Premises
from leo_engine.errors import BatchNotFoundError

if TYPE_CHECKING:
    from leo_engine.app.batch_types import BatchDetail, EntryChoice, LoadedPlan


class BatchViews(Premises):
    """Batches as they stand, and what one would do."""

    def preview_batch(
        self, plan: "LoadedPlan", *, new: bool = False
    ) -> "list[EntryChoice]":
        """Return what a batch of the plan would do about each entry, and why."""
        from leo_engine.app.batch_choices import survey  # noqa: PLC0415 -- rare

        store = self._opened() if self._has_store() else None
        return survey(store, plan, new=new)

    def batches(self, limit: int) -> "list[BatchDetail]":
        """Return the newest batches, newest first."""
        from leo_engine.app.batch_types import BatchDetail  # noqa: PLC0415 -- rare

        if not self._has_store():
            return []
        store = self._opened()
        return [
            BatchDetail(batch, store.batch_items(batch.batch_id))
            for batch in store.batches(limit)
        ]

    def batch_detail(self, prefix: str) -> "BatchDetail":
        """Return one batch with its entries.

        Raises:
            BatchNotFoundError: none, or several, begin so.
        """
        from leo_engine.app.batch_types import BatchDetail  # noqa: PLC0415 -- rare

        if not self._has_store():
            raise BatchNotFoundError("nothing has run here yet")
        store = self._opened()
        batch = store.find_batch(prefix)
        return BatchDetail(batch, store.batch_items(batch.batch_id))

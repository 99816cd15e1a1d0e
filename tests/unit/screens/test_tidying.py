"""What is loaded is left out by the garbage collector, but not for good."""

import gc
import weakref

import pytest

from leo_tui.screens.main.tidying import Tidying


class Ring:
    """Refers to itself: only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> object:
    yield
    gc.unfreeze()


def test_what_is_set_aside_is_not_looked_through_until_all_is_quiet() -> None:
    tidying, ring = Tidying(), Ring()
    alive = weakref.ref(ring)
    tidying.set_aside()
    del ring
    gc.collect()
    assert alive() is not None
    tidying.tidy()
    assert alive() is None
    assert gc.get_freeze_count() > 0


def test_nothing_is_looked_through_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    tidying, collections = Tidying(), []
    monkeypatch.setattr(gc, "collect", lambda: collections.append(1))
    tidying.tidy()
    tidying.set_aside()
    tidying.tidy()
    tidying.tidy()
    assert collections == [1]

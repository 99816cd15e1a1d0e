"""Keeps the garbage collector from walking what is loaded, again and again.

A run of ten thousand tasks is a million objects that stay. Looking them through takes a
tenth of a second, in which no key is answered; under load it would happen each second.
"""

import gc


class Tidying:
    """Sets aside what was loaded; looks for garbage among it when nothing happens."""

    def __init__(self) -> None:
        self._is_due = False

    def set_aside(self) -> None:
        """Leave out what there is now, in no time, until all is quiet."""
        gc.freeze()
        self._is_due = True

    def tidy(self) -> None:
        """Free what was set aside and is not needed any more."""
        if self._is_due:
            self._is_due = False
            gc.unfreeze()
            gc.collect()
            gc.freeze()

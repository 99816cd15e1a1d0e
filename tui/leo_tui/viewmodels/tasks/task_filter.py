"""Which tasks a person asked to see: words of a name, and `state:failed`."""

from typing import NamedTuple

from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState

_STATE = "state:"
_ALSO_CALLED = {
    TaskState.FAILED: ("broken",),
    TaskState.TIMED_OUT: ("timeout", "failed"),
    TaskState.PERSON: ("person", "you", "approval"),
    TaskState.BACKOFF: ("backoff",),
    TaskState.WAITING: ("pending",),
    TaskState.STOPPED: ("cancelled",),
    TaskState.OK: ("succeeded",),
    TaskState.KEPT: ("kept", "ok"),
}


class TaskFilter(NamedTuple):
    """What a task must be to be shown: all the words, and one of the states if any.

    A word with a capital letter is looked for as it is written, another in any case.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    states: frozenset[TaskState] = frozenset()

    @property
    def is_on(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.words or self.states)

    def accepts_text(self, text: str) -> bool:
        """Tell whether a task is called so that it is meant."""
        lowered = text.lower()
        return all(
            word in (lowered if word == word.lower() else text) for word in self.words
        )

    def accepts_state(self, state: TaskState) -> bool:
        """Tell whether a task stands so that it is meant."""
        return not self.states or state in self.states


def parse_filter(text: str) -> TaskFilter:
    """Return what `check state:failed` asks for.

    A state may be shortened; what names none is a word like any other.
    """
    words: list[str] = []
    states: set[TaskState] = set()
    for word in text.split():
        named = _states_called(word) if word.startswith(_STATE) else set()
        states |= named
        if not named:
            words.append(word)
    return TaskFilter(text.strip(), tuple(words), frozenset(states))


def _states_called(word: str) -> set[TaskState]:
    wanted = word.removeprefix(_STATE).lower()
    if not wanted:
        return set()
    return {
        state
        for state, looks in LOOKS.items()
        if any(
            name.startswith(wanted)
            for name in (looks.word, *_ALSO_CALLED.get(state, ()))
        )
    }

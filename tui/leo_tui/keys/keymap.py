"""Which key does what in which part of the screen: the table, and what one changes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from leo_engine.spec.nearest import did_you_mean
from leo_tui.keys.actions import ACTIONS, BY_ID, EVERYWHERE, Action, Place
from leo_tui.keys.key_names import key_fault

_NEVER_WITHOUT = frozenset({"app.quit"})


class KeyProblem(NamedTuple):
    """One thing wrong with the keys that a person chose."""

    action_id: str
    message: str
    hint: str = ""
    is_id: bool = False
    """It is the id that is wrong, not its keys."""

    def __str__(self) -> str:
        """Return `task.retry: what is wrong (what to do)`."""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.action_id}: {self.message}{hint}"


class KeymapError(ValueError):
    """The chosen keys cannot be used; holds every problem."""

    def __init__(self, problems: Sequence[KeyProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Keymap:
    """The keys of every action. In each place a key has at most one meaning."""

    def __init__(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        self._keys = keys
        self._actions: dict[Place, dict[str, Action]] = {
            place: {
                key: action
                for action in ACTIONS
                if place in action.places
                for key in keys[action.id]
            }
            for place in Place
        }

    @classmethod
    def load(cls, overrides: Mapping[str, str | Sequence[str]]) -> "Keymap":
        """Return the table with other keys for some actions; no keys switch one off.

        Raises:
            KeymapError: an unknown action or key, one that no terminal sends, or one
                key for two actions in the same place; every problem at once.
        """
        chosen = {
            name: tuple(dict.fromkeys([keys] if isinstance(keys, str) else keys))
            for name, keys in overrides.items()
        }
        keys = {action.id: chosen.get(action.id, action.keys) for action in ACTIONS}
        problems = [*_faults(chosen), *_clashes(keys, chosen)]
        if problems:
            raise KeymapError(problems)
        return cls(keys)

    def action_for(self, key: str, place: Place) -> Action | None:
        """Return what a key does in a place; None when it does nothing there."""
        return self._actions[place].get(key)

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """Return the keys of an action, the one to show first."""
        return self._keys[action_id]

    def actions_of(self, place: Place) -> tuple[Action, ...]:
        """Return what can be done in a place: what works in fewest others first."""
        there = [action for action in ACTIONS if place in action.places]
        return tuple(sorted(there, key=lambda action: len(action.places)))


def _faults(chosen: Mapping[str, tuple[str, ...]]) -> Iterator[KeyProblem]:
    for name, keys in chosen.items():
        if name not in BY_ID:
            hint = did_you_mean(name, BY_ID) or "`leo-tui` shows all with ?"
            yield KeyProblem(name, f"there is no action {name!r}", hint, is_id=True)
        elif not keys and name in _NEVER_WITHOUT:
            hint = "give it at least one key"
            yield KeyProblem(name, f"{name!r} cannot be without a key", hint)
        for key in keys:
            message, hint = key_fault(key)
            if message:
                yield KeyProblem(name, message, hint)


def _clashes(
    keys: Mapping[str, tuple[str, ...]], chosen: Mapping[str, tuple[str, ...]]
) -> Iterator[KeyProblem]:
    """Yield each pair of actions that a key would mean in the same place, once."""
    users: dict[str, list[Action]] = {}
    for action in ACTIONS:
        for key in keys[action.id]:
            users.setdefault(key, []).append(action)
    for key, actions in users.items():
        for number, second in enumerate(actions):
            for first in actions[:number]:
                shared = first.places & second.places
                if shared:
                    yield _clash(key, first, second, shared, chosen)


def _clash(
    key: str,
    first: Action,
    second: Action,
    shared: frozenset[Place],
    chosen: Mapping[str, tuple[str, ...]],
) -> KeyProblem:
    blamed, other = (second, first) if second.id in chosen else (first, second)
    where = "everywhere" if shared == EVERYWHERE else f"in {', '.join(sorted(shared))}"
    message = f"{key!r} is also {other.id!r} {where}"
    return KeyProblem(blamed.id, message, f"give {other.id!r} another key as well")

"""What the palette and the help offer: finding a command by some of its letters.

First what has the text for a key, then what has all its words in the title, then what
has its letters in that order. Small letters match both cases, a capital only itself.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from leo_tui.keys.actions import Place
from leo_tui.keys.key_names import shown
from leo_tui.keys.keymap import Keymap
from leo_tui.text.sanitize import sanitize
from leo_tui.text.width import cells, cut, cut_middle, pad
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line

GO_TO = "Go to "
"""Before the name of a task; what is typed may begin with it."""

_SUBJECTS = {
    Place.TASKS: ("task", "fail", "run", "file"),
    Place.RUNS: ("run", "compare", "task", "file"),
    Place.FILES: ("file", "run", "task"),
}
"""What actions are about, as their ids begin, the most wanted first."""
_MOVES = frozenset({"focus", "tab"})
_KEYS_WIDTH = 12
_GAP = 2


class Command(NamedTuple):
    """Something that can be chosen from a list."""

    title: str
    """Not sanitised: it may name a task."""
    action_id: str
    """What is to be done, of `keys.actions` or one that only the palette has."""
    argument: str = ""
    """With what: a task's id."""
    key: str = ""
    """As it is shown."""
    why_not: str = ""
    """Why it cannot be done now; empty: it can."""


class CommandSearch:
    """Commands, and tasks to go to, that match what is typed."""

    def __init__(
        self, commands: Sequence[Command], tasks: Sequence[str] = (), go_to: str = ""
    ) -> None:
        """Take the tasks' ids; `go_to` is the id of the action that goes to one."""
        self._commands = commands
        self._tasks = tasks
        self._go_to = go_to
        self._titles = [command.title for command in commands]
        self._titles += [GO_TO + task for task in tasks]
        self._lowered = [title.lower() for title in self._titles]
        self.found: Sequence[int] = range(len(commands))
        self._text = ""
        self._loosely: Sequence[int] = range(len(self._titles))
        """What has the letters of `_text` in order: all that more letters can leave."""

    def find(self, text: str) -> None:
        """Keep what matches; nothing typed: the commands without the tasks.

        O(commands + tasks), and less while the text only grows.
        """
        text = text.strip()
        titles = self._titles if _has_capital(text) else self._lowered
        self._narrow(text, titles)
        if not text:
            self.found = range(len(self._commands))
            return
        by_key = [n for n, c in enumerate(self._commands) if text in c.key.split()]
        exactly = by_key + self._with_words(text.split(), titles, by_key)
        if exactly == self._loosely:
            self.found = exactly
            return
        has = set(exactly)
        self.found = exactly + [n for n in self._loosely if n not in has]

    def _narrow(self, text: str, titles: Sequence[str]) -> None:
        """Keep the titles that have the letters of the text in order."""
        is_longer = text.startswith(self._text)
        if not is_longer or _has_capital(text) != _has_capital(self._text):
            self._loosely = range(len(titles))
        self._text = text
        if len(text) > 1:
            is_loose = _in_order(text).match
            self._loosely = [n for n in self._loosely if is_loose(titles[n])]
        elif text:
            self._loosely = [n for n in self._loosely if text in titles[n]]

    def _with_words(
        self, words: Sequence[str], titles: Sequence[str], but: Sequence[int]
    ) -> list[int]:
        # Several words may stand in another order than their letters were typed in.
        among = self._loosely if len(words) == 1 else range(len(titles))
        for word in words:
            among = [n for n in among if word in titles[n]]
        return [n for n in among if n not in but]

    def command(self, row: int) -> Command:
        """Return what stands in a row of what was found."""
        number = self.found[row]
        if number < len(self._commands):
            return self._commands[number]
        task = self._tasks[number - len(self._commands)]
        return Command(GO_TO + task, self._go_to, task)


def wanted_first(commands: Sequence[Command], place: Place) -> list[Command]:
    """Return commands in the order in which somebody may want them.

    First what can be done now, of that what concerns the selection: of the files, the
    runs or the tasks, by where one is. Last what only goes to another panel.
    """
    subjects = _SUBJECTS.get(place, _SUBJECTS[Place.TASKS])

    def rank(command: Command) -> tuple[bool, int]:
        subject = command.action_id.partition(".")[0]
        if subject in subjects:
            return bool(command.why_not), subjects.index(subject)
        is_move = subject in _MOVES
        return bool(command.why_not), len(subjects) + is_move

    return sorted(commands, key=rank)


def palette_line(command: Command, width: int) -> Line:
    """Return `Retry the task            r`, or why it cannot be done now."""
    if command.why_not:
        return _refused(command, width)
    key_width = cells(command.key)
    shown_title = sanitize(command.title)
    title_width = width - key_width - _GAP
    title = pad(cut_middle(shown_title, title_width), title_width)
    return line(title, " " * _GAP, Span(command.key, Style.ACCENT))


def help_line(command: Command, width: int) -> Line:
    """Return `r           Retry these tasks     task.retry`, or why it cannot be done.

    The id is what `[keys]` of the settings calls it.
    """
    key = Span(pad(cut(command.key, _KEYS_WIDTH - 1), _KEYS_WIDTH), Style.ACCENT)
    room = width - _KEYS_WIDTH
    if command.why_not:
        return (key, *_refused(command, room))
    title = cut(sanitize(command.title), room)
    left = room - cells(title) - _GAP
    name = command.action_id if len(command.action_id) <= left else ""
    return line(key, title, Span(pad(name, left + _GAP, right=True), Style.DIM))


def help_commands(
    keymap: Keymap, place: Place, why_not: Callable[[str], str]
) -> list[Command]:
    """Return everything that can be done in a place, its own actions first.

    `why_not` says of an action's id why it cannot be done now.
    """
    actions = keymap.actions_of(place)
    return [
        Command(
            title=action.title,
            action_id=action.id,
            key=" ".join(shown(key) for key in keymap.keys_of(action.id)),
            why_not=why_not(action.id),
        )
        for action in actions
    ]


def _refused(command: Command, width: int) -> Line:
    title = sanitize(command.title)
    why_not = sanitize(command.why_not)
    return line(Span(cut(f"{title}  ({why_not})", width), Style.DIM))


def _has_capital(text: str) -> bool:
    return text != text.lower()


def _in_order(text: str) -> re.Pattern[str]:
    """Return a pattern for the characters of `text`, anything in between.

    Each gap takes all it can and gives nothing back: O(length) for any title.
    """
    letters = [re.escape(letter) for letter in text if not letter.isspace()]
    return re.compile("".join(f"[^{letter}]*+{letter}" for letter in letters))

"""What the keys do to output: whose, which attempt; copy, save, page."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from leo_engine.app import Engine
from leo_engine.state.rows import AttemptRow
from leo_tui.feed.reading import AttemptOutput, output_of
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.outside import run_in_terminal, why_no_terminal
from leo_tui.screens.prompt import PromptScreen
from leo_tui.theme import Style
from leo_tui.viewmodels.output.log_head import (
    closing_line,
    command_line,
    empty_lines,
    head_line,
)
from leo_tui.viewmodels.output.log_lines import LogSource
from leo_tui.viewmodels.spans import line
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState
from leo_tui.viewmodels.tasks.why import why_lines

_Key = tuple[str, int, int]
"""(run id, task number, attempt)"""
_MOST_OUTPUTS = 300
_TIMES_MS = 1_000
_MOST_MERGED = 200
"""Outputs shown together: the newest of them."""


class OutputActions:
    """Points the output pane at what is wanted, and passes actions on to it."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._scene = bridge.scene
        self._pane = bridge.panels.output
        self._chosen: _Key | None = None
        """Set while an earlier attempt is looked at."""
        self._outputs: dict[_Key, AttemptOutput] = {}
        self._asked: set[_Key] = set()
        self._error_of: _Key | None = None
        """Whose failure is to be shown as soon as there is something to show."""
        self._next_times_ms = 0
        self._is_merged = False
        self._group = ""
        """The row of the group whose outputs are together; empty: all tasks' are."""

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        pane, said = self._pane, self._said
        return {
            "out.wrap": Doing(pane.toggle_wrap),
            "out.times": Doing(said(pane.cycle_times)),
            "out.merge": Doing(self._merge),
            "out.older": Doing(partial(self._turn, -1)),
            "out.newer": Doing(partial(self._turn, 1)),
            "out.copy": Doing(said(pane.copy)),
            "out.copy_all": Doing(said(pane.copy_all)),
            "out.pager": Doing(self._page, self._why_no_pager),
            "out.save": Doing(self._save),
        }

    def _said(self, action: Callable[[], str]) -> Callable[[], None]:
        """Return an action whose answer goes to the status line."""

        def act() -> None:
            answer = action()
            if answer:
                self._bridge.say(answer)

        return act

    def _why_no_pager(self) -> str:
        return why_no_terminal(self._bridge.screen.app)

    def show(self) -> None:
        """Show the output of the task under the cursor, as it stands."""
        model, number = self._scene.shown, self._bridge.panels.tasks.cursor_task()
        if model is None or not model.run.run_id:
            never_run = self._bridge.panels.runs.hint
            self._pane.show(
                None, key=None, empty=never_run or [line("Nothing has run yet.")]
            )
        elif self._is_merged:
            self._bridge.spawn(self._show_merged(model))
        elif number is None:
            hint = "A group: 4 and then a show the output of all its tasks."
            self._pane.show(None, key=None, empty=[line(hint)])
        else:
            self._show_task(model, number)

    async def show_error(self) -> None:
        """Show where the output of the task under the cursor tells of the failure.

        Returns once it is there, so that what is typed next is meant for it.
        """
        model, number = self._scene.shown, self._bridge.panels.tasks.cursor_task()
        if model is None or number is None:
            return
        attempt = self._attempt(model, number)
        if attempt is not None:
            key = self._error_of = (model.run.run_id, number, attempt.attempt)
            if key not in self._outputs and key not in self._asked:
                self._asked.add(key)
                await self._learn(key, model.ids[number])
        self.show()

    def _show_task(self, model: RunModel, number: int) -> None:
        attempt = self._attempt(model, number)
        now_ms = self._scene.at_ms(self._bridge.clock.now_ms())
        empty = empty_lines(model, number, attempt, now_ms)
        if attempt is None:
            key = (model.run.run_id, number, 0)
            # The box that says why is not on a small screen.
            if not self._bridge.layout.has_why:
                empty = [*empty, *why_lines(model, number, now_ms)]
            self._pane.show(None, key=key, empty=empty)
            return
        key = (model.run.run_id, number, attempt.attempt)
        if self._error_of != key:
            self._error_of = None
        output = self._outputs.get(key)
        sources = (
            [] if output is None else self._sources(model, number, attempt, output)
        )
        head = head_line(model, number, attempt, now_ms)
        if len(sources) > 1:
            self._pane.show_merged(sources, key=key, head=head, empty=empty)
        else:
            self._pane.show(
                sources[0] if sources else None,
                key=key,
                head=head,
                command=command_line(model, number),
                closing=closing_line(model, number, attempt),
                empty=empty,
            )
        if sources and self._error_of == key:
            self._error_of = None
            self._pane.error_first()
        is_over = attempt.ended_ms is not None
        if output is None or (is_over and not output.is_final):
            self._ask_for(key, model.ids[number])

    def _ask_for(self, key: _Key, task: str) -> None:
        """Have an output looked up, once at a time."""
        if key not in self._asked:
            self._asked.add(key)
            self._bridge.spawn(self._learn(key, task))

    async def _learn(self, key: _Key, task: str) -> None:
        """Find out what of an output must not be shown before anything of it is."""
        run_id, _, attempt = key
        try:
            output = await self._bridge.feed.read(
                lambda e: output_of(e, run_id, task, attempt)
            )
        finally:
            self._asked.discard(key)
        if output.logs or output.is_final:
            self._keep(key, output)
            self.show()

    def _keep(self, key: _Key, output: AttemptOutput) -> None:
        while len(self._outputs) >= _MOST_OUTPUTS:
            del self._outputs[next(iter(self._outputs))]
        self._outputs[key] = output

    def _sources(
        self, model: RunModel, number: int, attempt: AttemptRow, output: AttemptOutput
    ) -> list[LogSource]:
        replay, is_live = self._scene.replay, attempt.ended_ms is None
        name, has_two = model.name(number), len(output.logs) > 1
        return [
            LogSource(
                path=log.path,
                masks=output.masks,
                arrivals=log.arrivals if log.size_bytes else None,
                is_live=is_live and replay is None,
                until_bytes=(
                    log.bytes_at(replay.at_ms)
                    if replay is not None and is_live and log.size_bytes
                    else None
                ),
                label=name if self._is_merged else log.stream if has_two else "",
            )
            for log in output.logs
        ]

    def _attempt(self, model: RunModel, number: int) -> AttemptRow | None:
        """Return the attempt that was chosen, else the latest."""
        attempts = model.attempts_of(number)
        if not attempts:
            return None
        chosen = self._chosen
        if chosen is not None and chosen[:2] == (model.run.run_id, number):
            return next((a for a in attempts if a.attempt == chosen[2]), attempts[-1])
        return attempts[-1]

    def _turn(self, by: int) -> None:
        """Go to the attempt before or after."""
        model, number = self._scene.shown, self._bridge.panels.tasks.cursor_task()
        if model is None or number is None:
            return
        attempts, now = model.attempts_of(number), self._attempt(model, number)
        if now is None:
            return
        place = attempts.index(now) + by
        if not 0 <= place < len(attempts):
            edge = "earlier" if by < 0 else "later"
            self._bridge.say(f"there is no {edge} attempt")
            return
        is_latest = place == len(attempts) - 1
        wanted = (model.run.run_id, number, attempts[place].attempt)
        self._chosen = None if is_latest else wanted
        self.show()

    def _merge(self) -> None:
        tasks = self._bridge.panels.tasks
        tree = tasks.task_tree
        group = None if tree is None else tree.group_at(tasks.cursor)
        self._is_merged = not self._is_merged
        self._group = str(tasks.row_key(tasks.cursor)) if group is not None else ""
        self.show()
        whose = "all tasks" if group is None else group.name
        what = f"of {whose} together" if self._is_merged else "of one task"
        self._bridge.say(f"output {what}")

    async def _show_merged(self, model: RunModel) -> None:
        run_id = model.run.run_id
        begun = [
            (number, attempt)
            for number in self._merged_tasks(model)
            if (attempt := self._attempt(model, number)) is not None
        ]
        wanted = [
            (number, model.ids[number], attempt.attempt)
            for number, attempt in begun
            if (known := self._outputs.get((run_id, number, attempt.attempt))) is None
            or not known.is_final
        ]

        def ask(engine: Engine) -> dict[_Key, AttemptOutput]:
            return {
                (run_id, number, attempt): output_of(engine, run_id, task, attempt)
                for number, task, attempt in wanted
            }

        for key, output in (await self._bridge.feed.read(ask)).items():
            self._keep(key, output)
        sources = [
            source
            for number, attempt in begun
            if (known := self._outputs.get((run_id, number, attempt.attempt)))
            for source in self._sources(model, number, attempt, known)
        ]
        self._pane.show_merged(
            sources,
            key=(run_id, "merged", self._group),
            head=line(f"{len(sources)} outputs, by the time they were written"),
            empty=[line("No output yet.")],
        )

    def _merged_tasks(self, model: RunModel) -> Sequence[int]:
        """Return the tasks shown together: marked, of the group, else the newest."""
        tasks = self._bridge.panels.tasks
        tree = tasks.task_tree
        entry = None if tree is None else tree.entry_of_key(self._group)
        chosen: Sequence[int] = range(len(model.ids))
        if tasks.marked_keys:
            chosen = tasks.chosen()
        elif tree is not None and entry is not None and entry < 0:
            chosen = tree.group(entry).members
        begun = [
            n
            for n in chosen
            if model.states[n] is not TaskState.WAITING and model.attempts_of(n)
        ]
        begun.sort(key=lambda n: model.rows[n].started_ms or 0)
        return begun[-_MOST_MERGED:]

    async def _page(self) -> None:
        path = await self._pane.pager_copy()
        if path is None:
            self._bridge.say("there is no output")
            return
        try:
            argv = self._pane.pager_command(path)
            trouble = await run_in_terminal(self._bridge.screen.app, argv)
        finally:
            path.unlink(missing_ok=True)
        if trouble:
            self._bridge.say(trouble, Style.CARE)

    async def _save(self) -> None:
        number = self._bridge.panels.tasks.cursor_task()
        model = self._scene.shown
        name = "output" if number is None or model is None else model.name(number)
        text = await self._bridge.ask(PromptScreen("save as ", f"{name}.log"))
        if text:
            self._bridge.say(await self._pane.save(Path(text)))

    def tick(self) -> None:
        """Let the clock of an attempt under way go on; look for a log that comes."""
        model, number = self._scene.shown, self._bridge.panels.tasks.cursor_task()
        now_ms = self._bridge.clock.monotonic_ms()
        is_due = now_ms >= self._next_times_ms
        if is_due:
            # When lines came is known a little later than the lines are.
            self._next_times_ms = now_ms + _TIMES_MS
        if self._is_merged:
            if is_due:
                self.show()
        elif model is not None and number is not None:
            self._tick_task(model, number, is_due=is_due)

    def _tick_task(self, model: RunModel, number: int, *, is_due: bool) -> None:
        attempt = self._attempt(model, number)
        if attempt is not None and attempt.ended_ms is not None:
            return
        self.show()
        if attempt is not None and is_due:
            key = (model.run.run_id, number, attempt.attempt)
            self._ask_for(key, model.ids[number])

"""Start with options: parameters, which tasks, dry run."""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Select

from leo_engine.spec.model import Dag, Json
from leo_engine.spec.part import Part
from leo_tui.screens.dialog import Dialog
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Span, line
from leo_tui.viewmodels.start_form import (
    SCOPES,
    Proposal,
    Scope,
    StartOptions,
    form_fields,
    named_tasks,
    part_wanted,
)
from leo_tui.widgets.answer import Answer
from leo_tui.widgets.field import TextField
from leo_tui.widgets.paragraphs import Paragraphs
from leo_tui.widgets.param_field import ParamField
from leo_tui.widgets.toggle import Toggle

Check = Callable[[Mapping[str, Json]], Mapping[str, str]]
"""Says what is wrong with values by the names of their parameters."""

_NO_PROPOSAL = Proposal()
_START, _CANCEL = "start", "cancel"


CheckPart = Callable[[Part], str]
"""Says why tasks cannot run without the others."""


def _no_check(values: Mapping[str, Json]) -> Mapping[str, str]:
    del values
    return {}


def _no_part_check(part: Part) -> str:
    del part
    return ""


class ParamsFormScreen(Dialog[StartOptions]):
    """Returns how to start, once `check` has nothing against the values."""

    DEFAULT_CSS = """
    ParamsFormScreen > #frame { width: 76; }
    ParamsFormScreen VerticalScroll {
        height: auto;
        max-height: 80vh;
        scrollbar-size-vertical: 1;
    }
    ParamsFormScreen .row { height: 1; }
    ParamsFormScreen .label { width: 9; }
    ParamsFormScreen .fault { display: none; }
    ParamsFormScreen .fault.-told { display: block; }
    ParamsFormScreen Select { height: 1; width: 26; }
    ParamsFormScreen #answers { height: 1; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "start", "Start", show=False, priority=True),
    ]
    keys_text = "tab next · enter start · esc close"

    def __init__(
        self,
        dag: Dag,
        before: Mapping[str, Json] | None = None,
        *,
        check: Check = _no_check,
        check_part: CheckPart = _no_part_check,
        proposal: Proposal = _NO_PROPOSAL,
    ) -> None:
        """`before` are the values of an earlier run."""
        super().__init__()
        self.title_text = f"Start {dag.name}"
        self._dag = dag
        self._before = before or {}
        self._check = check
        self._check_part = check_part
        own = [task for task in dag.tasks if not task.is_hook]
        self._names = frozenset(name for task in own for name in (task.id, task.base))
        self._proposal = proposal

    def parts(self) -> Iterable[Widget]:
        """Yield the fields and the answers."""
        fields = form_fields(self._dag, self._before)
        self._fields = [ParamField(field) for field in fields]
        self._scope = Select[Scope](
            [(Content(text), scope) for scope, text in SCOPES.items()],
            value=Scope.ONLY if self._proposal.is_marked else Scope.ALL,
            allow_blank=False,
            compact=True,
        )
        self._tasks = TextField(", ".join(self._proposal.tasks), id="tasks")
        self._dry_run = Toggle("dry run: only say what would run", is_on=False)
        self._fault = Paragraphs()
        self._fault.add_class("fault")
        rows = (
            _row("tasks", self._scope, self._tasks),
            self._dry_run,
            self._fault,
        )
        yield VerticalScroll(*self._fields, *rows, can_focus=False)
        answers = (Answer(_START, "enter", "start"), Answer(_CANCEL, "esc", "close"))
        yield Horizontal(*answers, id="answers")

    def on_mount(self) -> None:
        """Begin with the first field."""
        first = self._fields[0].control if self._fields else self._scope
        first.focus()
        self._judge()

    def on_input_changed(self) -> None:
        """Judge what is typed."""
        self._judge()

    def on_select_changed(self) -> None:
        """Judge what is chosen."""
        self._judge()

    def on_toggle_turned(self) -> None:
        """Judge what is turned over."""
        self._judge()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Start."""
        message.stop()
        self.action_start()

    def on_answer_given(self, message: Answer.Given) -> None:
        """Start, or close."""
        if message.answer.value == _START:
            self.action_start()
        else:
            self.action_leave()

    def key_enter(self) -> None:
        """Take the answer with the focus."""
        focused = self.focused
        if isinstance(focused, Answer):
            focused.post_message(Answer.Given(focused))

    def action_start(self) -> None:
        """Return the values, or go to the first that is wrong."""
        wrong = self._judge()
        if wrong is None:
            self.answer_with(self._options())
        else:
            wrong.focus()

    def _judge(self) -> Widget | None:
        """Show what is wrong; return the first control that is."""
        faults = self._check(self._values())
        for field in self._fields:
            field.tell(faults.get(field.name_of_param, ""))
        wrong = [field.control for field in self._fields if field.is_wrong]
        fault = self._tasks_fault()
        self._tasks.display = self._scope.value is not Scope.ALL
        self._fault.show([line(Span(sanitize(fault), Style.BAD))])
        self._fault.set_class(bool(fault), "-told")
        if fault:
            wrong.append(self._tasks)
        return wrong[0] if wrong else None

    def _tasks_fault(self) -> str:
        if self._scope.value is Scope.ALL:
            return ""
        fault = named_tasks(self._tasks.value, self._names)[1]
        part = part_wanted(self._options())
        return fault or ("" if part is None else self._check_part(part))

    def _values(self) -> dict[str, Json]:
        given = {field.name_of_param: field.value for field in self._fields}
        return {name: value for name, value in given.items() if value is not None}

    def _options(self) -> StartOptions:
        scope = self._scope.selection or Scope.ALL
        all_tasks = scope is Scope.ALL
        return StartOptions(
            params=self._values(),
            scope=scope,
            tasks=() if all_tasks else named_tasks(self._tasks.value, self._names)[0],
            dry_run=self._dry_run.is_on,
        )


def _row(label: str, *controls: Widget) -> Horizontal:
    title = Paragraphs([line(label)])
    title.add_class("label")
    return Horizontal(title, *controls, classes="row")

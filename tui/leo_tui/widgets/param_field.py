"""One parameter of a form: what it is, its value, what is wrong with it."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Select

from leo_engine.spec.model import Json
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Span, line
from leo_tui.viewmodels.start_form import Field, FieldKind, field_line
from leo_tui.widgets.field import TextField
from leo_tui.widgets.paragraphs import Paragraphs
from leo_tui.widgets.toggle import Toggle


class ParamField(Vertical):
    """A line about it, a control, and a line for the fault when there is one."""

    DEFAULT_CSS = """
    ParamField { height: auto; margin: 0 0 1 0; }
    ParamField .fault { display: none; }
    ParamField .fault.-told { display: block; }
    """

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self._shown = sanitize(field.text)
        self.control = self._made()
        self._fault = Paragraphs()
        self._fault.add_class("fault")

    @property
    def name_of_param(self) -> str:
        """The parameter's name."""
        return self._field.param.name

    @property
    def value(self) -> Json:
        """What is to be given; None: leave it out."""
        return self._field.value(self._text())

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong with the value."""
        return self._fault.has_class("-told")

    def compose(self) -> ComposeResult:
        """Yield the three parts."""
        yield Paragraphs([field_line(self._field)])
        yield self.control
        yield self._fault

    def tell(self, fault: str) -> None:
        """Say what is wrong; nothing: it is right."""
        self._fault.show([line(Span(f"  {sanitize(fault)}", Style.BAD))])
        self._fault.set_class(bool(fault), "-told")

    def _made(self) -> Widget:
        match self._field.kind:
            case FieldKind.CHOICE:
                choices = self._field.choices
                value = self._field.text
                return Select[int](
                    [(Content(sanitize(c)), n) for n, c in enumerate(choices)],
                    value=choices.index(value) if value in choices else Select.NULL,
                    prompt="none",
                    compact=True,
                )
            case FieldKind.TOGGLE:
                return Toggle("true", is_on=self._field.initial is True)
            case FieldKind.TEXT:
                return TextField(self._field.text)

    def _text(self) -> str:
        match self.control:
            case Toggle(is_on=is_on):
                return "true" if is_on else "false"
            case TextField(value=value):
                return value
            case Select(selection=number) if isinstance(number, int):
                return sanitize(self._field.choices[number])
            case _:
                return ""

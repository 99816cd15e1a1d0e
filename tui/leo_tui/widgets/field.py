"""A line to type in that never shows what could harm the terminal."""

from textual.widgets import Input

from leo_tui.text.sanitize import sanitize


class TextField(Input):
    """One row high; what is pasted is sanitised, and nothing blinks."""

    DEFAULT_CSS = """
    TextField, TextField:focus {
        height: 1;
        border: none;
        padding: 0 1;
        background: $block-cursor-blurred-background;
    }
    TextField:focus { background: $block-cursor-background; }
    TextField:ansi { background: ansi_default; text-style: underline; }
    """

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(sanitize(text), id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Let no control character in, wherever it comes from."""
        return sanitize(value)

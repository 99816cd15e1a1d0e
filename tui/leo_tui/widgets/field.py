"""A line to type in that never shows what could harm the terminal."""

from textual.events import Key
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

    async def on_key(self, event: Key) -> None:
        """Edit at once.

        Left to Textual, a key that edits goes all the way up to the app before it is
        looked up, and what is typed next is in the text by then.
        """
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if binding.action != "submit":
                await self.run_action(binding.action)
                event.stop()
                event.prevent_default()
                return

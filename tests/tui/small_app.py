"""A Textual app for trying the rigs: says which keys it gets and how big it is."""

import sys

from textual.app import App, ComposeResult
from textual.events import Key, Resize
from textual.widgets import Static


class _SmallApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("ready", id="said", markup=False)

    def say(self, text: str) -> None:
        self.query_one("#said", Static).update(text)

    def on_resize(self, event: Resize) -> None:
        self.say(f"size {event.size.width}x{event.size.height}")

    def on_key(self, event: Key) -> None:
        if event.key == "q":
            self.exit(return_code=3)
        elif event.key == "x":
            message = "on purpose"
            raise RuntimeError(message)
        elif event.key == "h":
            self.say("\x1b]0;title\x07 \x1bc \u202eabc")
        elif event.key == "w":
            self.say("word " * 4000)
        else:
            self.say(f"key {event.key}")


if __name__ == "__main__":
    app = _SmallApp(ansi_color="ansi" in sys.argv)
    app.run()
    sys.exit(app.return_code)

"""What parts of the main screen tell it."""

from textual.message import Message


class ModelShown(Message):
    """Other tasks, or another moment of them, are on the screen."""


class FileShown(Message):
    """Another file is chosen, or the chosen one has changed."""

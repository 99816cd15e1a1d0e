"""The values of one shell rendering, kept beside the text until they are placed."""

import re

from leo_engine.errors import TemplateError
from leo_engine.spec.model import Json
from leo_engine.spec.value_text import RawText, value_text

MARK = re.compile(r"\0(\d+)\0")
"""Stands in the rendered text for the value of that number."""


class Substituted:
    """The values of one rendering, in the order they came up."""

    def __init__(self) -> None:
        self._values: list[Json] = []

    def hold(self, value: Json) -> str:
        """Keep a value and return its mark; text that is to stay raw returns itself."""
        if isinstance(value, str) and "\0" in value:
            value = type(value)(MARK.sub(self._text_of, value))
        text = value_text(value)
        if "\0" in text:
            raise TemplateError("a value holds a NUL character; no command can take it")
        if isinstance(value, RawText):
            return text
        self._values.append(value)
        return f"\0{len(self._values) - 1}\0"

    def _text_of(self, mark: re.Match[str]) -> str:
        number = int(mark[1])
        if number >= len(self._values):
            raise TemplateError("a value holds a NUL character; no command can take it")
        return value_text(self._values[number])

    def __getitem__(self, number: int) -> Json:
        return self._values[number]

    def __len__(self) -> int:
        return len(self._values)

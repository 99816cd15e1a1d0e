"""Fills values into a shell script, each quoted for the place where it stands.

The script arrives with a mark, `NUL number NUL`, for every value. A small lexer walks
the literal text and keeps a stack of where it is: bare words, quotes, command
substitutions, arithmetic, here-documents, comments. Places where no quoting is right
for every shell are refused with a `TemplateError` that says what to write instead.

Source: POSIX.1-2017, Shell Command Language, sections 2.2, 2.3, 2.6 and 2.7.4.
"""

import re
from dataclasses import dataclass, field

from leo_engine.errors import TemplateError
from leo_engine.spec.model import Json
from leo_engine.spec.shell_frames import (
    HEREDOC_OPERATOR,
    Frame,
    Heredoc,
    Place,
    check_body,
    is_delimiter,
    is_dollar_before,
    note_word,
)
from leo_engine.spec.shell_quote import (
    quote_arithmetic,
    quote_bare,
    quote_double,
    quote_heredoc,
    quote_parameter,
    quote_single,
)
from leo_engine.spec.substituted import MARK, Substituted
from leo_engine.spec.value_text import value_text

_WORD = re.compile(r"[A-Za-z0-9_]+")
_AFTER_DOLLAR = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]")


@dataclass(slots=True)
class _Lexer:
    text: str
    values: Substituted
    position: int = 0
    out: list[str] = field(default_factory=list)
    stack: list[Frame] = field(default_factory=lambda: [Frame(Place.BARE)])
    heredocs: list[Heredoc] = field(default_factory=list)
    """Announced by `<<` on this line; their bodies begin on the next one."""
    is_ambiguous: str = ""
    """Why values cannot be placed any more, for the rest of this backtick."""

    def run(self, end: int) -> None:
        while self.position < end:
            char = self.text[self.position]
            if char == "\0":
                self._value()
            elif char == "`" and self._is_in_backticks(self.stack[:-1]):
                raise TemplateError("quotes and backticks overlap here; use $(…)")
            else:
                _STEPS[self.stack[-1].place](self, char)

    @staticmethod
    def _is_in_backticks(stack: list[Frame]) -> bool:
        """Whether some frame is backticks: what ends them first differs by shell."""
        return any(frame.closer == "`" for frame in stack)

    def emit(self, length: int = 1) -> None:
        self.out.append(self.text[self.position : self.position + length])
        self.position += length

    def step_bare(self, char: str) -> None:
        frame = self.stack[-1]
        special = _BARE_STEPS.get(char)
        if special is not None:
            special(self, frame)
        elif char in " \t":
            frame.at_word_start = True
            self.emit()
        else:
            self._word(frame)

    def _word(self, frame: Frame) -> None:
        match = _WORD.match(self.text, self.position)
        word = match[0] if match else self.text[self.position]
        following = self.text[self.position + len(word) : self.position + len(word) + 1]
        is_whole = frame.at_word_start and following in {"", *" \t\n;&|()<>"}
        self.emit(len(word))
        frame.at_word_start = False
        if is_whole:
            note_word(frame, word)
        else:
            frame.at_command_start = False

    def bare_separator(self, frame: Frame) -> None:
        char = self.text[self.position]
        frame.at_word_start = True
        frame.at_command_start = True
        self.emit()
        if char == "\n":
            self._heredoc_bodies()

    def bare_open(self, frame: Frame) -> None:
        frame.parentheses += 1
        frame.at_word_start = frame.at_command_start = True
        self.emit()

    def bare_close(self, frame: Frame) -> None:
        self.emit()
        frame.at_word_start = frame.at_command_start = True
        if frame.parentheses:
            frame.parentheses -= 1
        elif not frame.cases and frame.closer == ")":
            self.stack.pop()

    def bare_comment(self, frame: Frame) -> None:
        if frame.at_word_start:
            self.stack.append(Frame(Place.COMMENT))
        frame.at_command_start = False
        self.emit()

    def bare_redirect(self, frame: Frame) -> None:
        frame.at_word_start = True
        if self.text.startswith("<<<", self.position):
            self.emit(3)
            return
        match = HEREDOC_OPERATOR.match(self.text, self.position)
        if match is None:
            if self.text.startswith("<<", self.position):
                raise TemplateError("the word after << must be written out")
            self.emit()
            return
        written = match["delimiter"]
        delimiter = re.sub(r"\\(.)|['\"]", r"\1", written)
        self.heredocs.append(
            Heredoc(delimiter, bool(match["tabs"]), written != delimiter)
        )
        frame.at_word_start = False
        self.emit(len(match[0]))

    def backslash(self, frame: Frame) -> None:
        if self.text[self.position + 1 : self.position + 2] == "\0":
            raise TemplateError("a value cannot follow a backslash")
        if self._is_in_backticks(self.stack):
            self.is_ambiguous = "inside backticks with a backslash"
        frame.at_word_start = frame.at_command_start = False
        self.emit(2)

    def backtick(self, frame: Frame) -> None:
        frame.at_word_start = False
        if frame.closer == "`":
            self.stack.pop()
            self.is_ambiguous = ""
        else:
            self.stack.append(Frame(Place.BARE, closer="`"))
        self.emit()

    def dollar(self, frame: Frame) -> None:
        frame.at_word_start = frame.at_command_start = False
        following = self.text[self.position + 1 : self.position + 3]
        if following[:1] == "$":
            # The shell's own pid: what follows the second dollar begins nothing.
            self.emit(2)
        elif following == "((":
            self.emit(3)
            self.stack.append(Frame(Place.ARITHMETIC))
        elif following[:1] == "(":
            self.emit(2)
            self.stack.append(Frame(Place.BARE, closer=")"))
        elif following[:1] == "{":
            self.emit(2)
            self.stack.append(Frame(Place.PARAMETER))
        elif following[:1] == "'" and frame.place is Place.BARE:
            raise TemplateError("$'…' differs between shells; write it without the $")
        else:
            self.emit()

    def open_single(self, frame: Frame) -> None:
        frame.at_word_start = frame.at_command_start = False
        self.stack.append(Frame(Place.SINGLE))
        self.emit()

    def open_double(self, frame: Frame) -> None:
        frame.at_word_start = frame.at_command_start = False
        self.stack.append(Frame(Place.DOUBLE))
        self.emit()

    def step_single(self, char: str) -> None:
        if char == "'":
            self.stack.pop()
        elif char == "\\" and self._is_in_backticks(self.stack):
            self.is_ambiguous = "inside backticks with a backslash"
        self.emit()

    def step_double(self, char: str) -> None:
        frame = self.stack[-1]
        if char == '"':
            self.stack.pop()
            self.emit()
        elif char in _QUOTED_STEPS:
            _QUOTED_STEPS[char](self, frame)
        else:
            self.emit()

    def step_heredoc(self, char: str) -> None:
        if char in _QUOTED_STEPS:
            _QUOTED_STEPS[char](self, self.stack[-1])
        else:
            self.emit()

    def step_verbatim(self, _char: str) -> None:
        self.emit()

    def step_comment(self, char: str) -> None:
        if char == "\n":
            self.stack.pop()
        else:
            self.emit()

    def step_parameter(self, char: str) -> None:
        frame = self.stack[-1]
        if char == "}":
            self.stack.pop()
            self.emit()
        elif char == '"':
            self.open_double(frame)
        elif char == "'":
            self._single_in_parameter(frame)
        elif char in _QUOTED_STEPS:
            _QUOTED_STEPS[char](self, frame)
        else:
            self.emit()

    def _single_in_parameter(self, frame: Frame) -> None:
        quoting = {Place.DOUBLE, Place.HEREDOC}
        if any(below.place in quoting for below in self.stack):
            raise TemplateError(
                'a \' inside "${…}" differs between shells; leave it out'
            )
        self.open_single(frame)

    def step_arithmetic(self, char: str) -> None:
        frame = self.stack[-1]
        if char == "(":
            frame.parentheses += 1
            self.emit()
        elif char == ")" and frame.parentheses:
            frame.parentheses -= 1
            self.emit()
        elif char == ")":
            if not self.text.startswith("))", self.position):
                raise TemplateError("write $( (…) ) with a blank: $(( means arithmetic")
            self.stack.pop()
            self.emit(2)
        elif char in _QUOTED_STEPS:
            _QUOTED_STEPS[char](self, frame)
        else:
            self.emit()

    def _heredoc_bodies(self) -> None:
        while self.heredocs:
            heredoc = self.heredocs.pop(0)
            end = self._heredoc_end(heredoc)
            place = Place.HEREDOC_QUOTED if heredoc.is_quoted else Place.HEREDOC
            depth = len(self.stack)
            first = len(self.out)
            self.stack.append(Frame(place, strips_tabs=heredoc.strips_tabs))
            self.run(end)
            del self.stack[depth:]
            check_body("".join(self.out[first:]), heredoc)
            newline = self.text.find("\n", end)
            self.emit((len(self.text) if newline < 0 else newline + 1) - end)

    def _heredoc_end(self, heredoc: Heredoc) -> int:
        start = self.position
        while start < len(self.text):
            newline = self.text.find("\n", start)
            stop = len(self.text) if newline < 0 else newline
            if is_delimiter(self.text[start:stop], heredoc):
                return start
            start = stop + 1
        return len(self.text)

    def _value(self) -> None:
        mark = MARK.match(self.text, self.position)
        if mark is None:
            raise TemplateError("the script holds a NUL character")
        if self.is_ambiguous:
            raise TemplateError(f"a value cannot stand {self.is_ambiguous}; use $(…)")
        follows_dollar = is_dollar_before(self.text, self.position)
        self.position = mark.end()
        value = self.values[int(mark[1])]
        frame = self.stack[-1]
        quoted = self._quoted(value, frame, follows_dollar=follows_dollar)
        for below in self.stack:
            if below.closer == "`":
                quoted = re.sub(r"([\\$`])", r"\\\1", quoted)
        frame.at_word_start = frame.at_command_start = False
        self.out.append(quoted)

    def _quoted(self, value: Json, frame: Frame, *, follows_dollar: bool) -> str:
        text, place = value_text(value), frame.place
        if frame.strips_tabs and "\n\t" in f"\n{text}":
            raise TemplateError(
                "a line of a value begins with a tab, which <<- removes"
            )
        if follows_dollar and place not in _VERBATIM:
            if not _AFTER_DOLLAR.fullmatch(text):
                raise TemplateError("only a variable's name can follow a $")
            return text
        if self._is_in_parameter():
            return quote_parameter(text)
        match place:
            case Place.BARE:
                following = self.text[self.position : self.position + 1]
                return quote_bare(value, before_redirect=following in {"<", ">"})
            case Place.COMMENT:
                return " ".join(text.split())
            case Place.HEREDOC_QUOTED:
                return text
            case _:
                return _QUOTE[place](text)

    def _is_in_parameter(self) -> bool:
        for frame in reversed(self.stack):
            if frame.place is Place.PARAMETER:
                return True
            if frame.place is Place.BARE:
                return False
        return False


_VERBATIM = frozenset((Place.SINGLE, Place.HEREDOC_QUOTED, Place.COMMENT))
_QUOTE = {
    Place.SINGLE: quote_single,
    Place.DOUBLE: quote_double,
    Place.HEREDOC: quote_heredoc,
    Place.ARITHMETIC: quote_arithmetic,
}
_QUOTED_STEPS = {
    "\\": _Lexer.backslash,
    "`": _Lexer.backtick,
    "$": _Lexer.dollar,
}
_BARE_STEPS = {
    **_QUOTED_STEPS,
    **dict.fromkeys("\n;&|", _Lexer.bare_separator),
    "'": _Lexer.open_single,
    '"': _Lexer.open_double,
    "(": _Lexer.bare_open,
    ")": _Lexer.bare_close,
    "#": _Lexer.bare_comment,
    "<": _Lexer.bare_redirect,
    ">": _Lexer.bare_redirect,
}
_STEPS = {
    Place.BARE: _Lexer.step_bare,
    Place.SINGLE: _Lexer.step_single,
    Place.DOUBLE: _Lexer.step_double,
    Place.PARAMETER: _Lexer.step_parameter,
    Place.ARITHMETIC: _Lexer.step_arithmetic,
    Place.HEREDOC: _Lexer.step_heredoc,
    Place.HEREDOC_QUOTED: _Lexer.step_verbatim,
    Place.COMMENT: _Lexer.step_comment,
}


def fill(script: str, values: Substituted) -> str:
    """Return the script with every mark replaced by its value, quoted for its place.

    Raises:
        TemplateError: a value cannot stand safely where it is.
    """
    if not len(values):
        return script
    lexer = _Lexer(script, values)
    lexer.run(len(script))
    return "".join(lexer.out)

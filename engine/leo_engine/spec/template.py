"""Templates: Jinja2 in a sandbox, strict about undefined names, quoted for the shell.

A text without template syntax costs a scan for a brace, nothing else: Jinja2 is
imported when the first real template is met. What counts as syntax is narrower than in
Jinja2, because commands are full of braces: `${#name}` and `printf '{%s}'` are plain.

`{{.name}}`, as written for wf, stands for the variable `name`, whatever characters the
name has.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from leo_engine.errors import TemplateError
from leo_engine.spec.mentions import Mentions
from leo_engine.spec.model import Json

__all__ = [
    "Mentions",
    "TemplateError",
    "Variables",
    "condition_to_jinja",
    "evaluate_condition",
    "is_template",
    "mentioned",
    "mentioned_in_condition",
    "render_json",
    "render_shell",
    "render_text",
    "render_value",
    "to_jinja",
]

Variables = Mapping[str, Json]
"""What a template may name; see `spec.variables`."""

_DOTTED = re.compile(r"(\{\{-?\s*)\.([\w\-.\[\]=,]*[\w\]])")
_RAW_BLOCK = r"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}"
_NOT_SYNTAX = re.compile(
    rf"{_RAW_BLOCK}|\$\{{#|\{{#(?!.*?#\}})|\{{%(?!.*?%\}})",
    re.DOTALL,
)
_EXPRESSION = re.compile(r"\{\{((?:[^{}]|\{[^{}]*\})*)\}\}")
_SIMPLE = re.compile(
    r"\{\{\s*([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*))?(?:\.[A-Za-z_]\w*)*\s*\}\}", re.ASCII
)
_NO_VARIABLES = frozenset(
    (
        *("true", "false", "none", "True", "False", "None", "not", "and", "or", "in"),
        *("is", "if", "else", "range", "dict", "namespace", "variable", "self"),
        *("loop", "caller"),
    )
)
"""Words that stand for something else; a template with one is parsed in full."""
_LITERAL_WITH_EXPRESSION = re.compile(
    r'"(?:[^"\\{]|\\.|\{(?!\{)|\{\{.*?\}\})*"|'
    r"'(?:[^'\\{]|\\.|\{(?!\{)|\{\{.*?\}\})*'|"
    r"\{\{.*?\}\}",
    re.DOTALL,
)
_OPERATOR = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|&&|\|\||!(?!=)", re.DOTALL
)
_WORDS = {"&&": " and ", "||": " or ", "!": " not "}


NOTHING_MENTIONED = Mentions()


def is_template(text: str) -> bool:
    """Whether rendering could change `text`."""
    if "{" not in text:
        return False
    if any(match[0].endswith("%}") for match in _NOT_SYNTAX.finditer(text)):
        return True
    rest = _NOT_SYNTAX.sub("", text)
    return any(mark in rest for mark in ("{{", "{%", "{#"))


def to_jinja(text: str) -> str:
    """Return `text` as Jinja2 reads it: wf's form translated, shell's braces kept."""
    text = _NOT_SYNTAX.sub(_keep, text)
    return _DOTTED.sub(r'\1variable("\2")', text)


def _keep(match: re.Match[str]) -> str:
    if match[0].endswith("%}"):
        return match[0]
    dollar = "$" if match[0].startswith("$") else ""
    return f"{dollar}{{% raw %}}{match[0].removeprefix('$')}{{% endraw %}}"


def condition_to_jinja(text: str) -> str:
    """Return a condition as one Jinja2 expression.

    `{{ x }}` and `"{{ x }}"` stand for the value of `x`; `&&`, `||` and `!`, as in wf,
    for `and`, `or` and `not`.
    """
    text = _DOTTED.sub(r'\1variable("\2")', text)
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if "{{" not in match[0]:
            return match[0]
        kept.append(_spelled_out(match[0]))
        return f"\0{len(kept) - 1}\0"

    text = _LITERAL_WITH_EXPRESSION.sub(keep, text)
    text = _OPERATOR.sub(lambda match: _WORDS.get(match[0], match[0]), text)
    return re.sub(r"\0(\d+)\0", lambda match: kept[int(match[1])], text)


def _spelled_out(written: str) -> str:
    """Return `"a{{ x }}b"` as `("a" ~ (x) ~ "b")`, and `"{{ x }}"` as `(x)`."""
    quote = "" if written.startswith("{{") else written[0]
    inner = written[len(quote) : len(written) - len(quote)]
    whole = _EXPRESSION.fullmatch(inner)
    if whole:
        return f"({whole[1].strip(' -+')})"
    pieces = _EXPRESSION.sub(rf"{quote} ~ (\1) ~ {quote}", inner)
    return f"({quote}{pieces}{quote})"


@lru_cache(maxsize=8192)
def mentioned(text: str) -> Mentions:
    """Return what a template speaks of."""
    if not is_template(text):
        return NOTHING_MENTIONED
    simple = _mentioned_simply(text)
    if simple is not None:
        return simple
    from leo_engine.spec import template_engine  # noqa: PLC0415 -- jinja2 takes 36 ms

    return template_engine.mentions(to_jinja(text), is_condition=False)


def _mentioned_simply(text: str) -> Mentions | None:
    """Return the mentions of a text with plain `{{ name.key }}` only; None for others.

    Most templates are like that, and need no parser.
    """
    if "{%" in text or "{#" in text or "{{" in _SIMPLE.sub("", text):
        return None
    found: list[tuple[str, str]] = _SIMPLE.findall(text)
    names = frozenset(name for name, _ in found)
    if names & _NO_VARIABLES:
        return None
    return Mentions(
        names=names,
        outputs=frozenset(key for name, key in found if name == "outputs" and key),
        params=frozenset(key for name, key in found if name == "params" and key),
        secrets=frozenset(key for name, key in found if name == "secrets" and key),
    )


@lru_cache(maxsize=8192)
def mentioned_in_condition(text: str) -> Mentions:
    """Return what a condition speaks of."""
    from leo_engine.spec import template_engine  # noqa: PLC0415 -- jinja2 takes 36 ms

    return template_engine.mentions(condition_to_jinja(text), is_condition=True)


def render_text(text: str, variables: Variables) -> str:
    """Render `text`; values stand in it as they are.

    Raises:
        TemplateError: a name is undefined, or an expression failed.
    """
    if not is_template(text):
        return text
    from leo_engine.spec import template_engine  # noqa: PLC0415 -- jinja2 takes 36 ms

    return template_engine.render_text(to_jinja(text), variables)


def render_shell(text: str, variables: Variables) -> str:
    """Render a shell command; every value is quoted for the place it stands in.

    Raises:
        TemplateError: as `render_text`, or a value cannot stand safely where it is.
    """
    if not is_template(text):
        return text
    from leo_engine.spec import template_engine  # noqa: PLC0415 -- jinja2 takes 36 ms
    from leo_engine.spec.shell_fill import fill  # noqa: PLC0415 -- only for templates

    return fill(*template_engine.render_apart(to_jinja(text), variables))


def render_json(raw: msgspec.Raw, variables: Variables) -> msgspec.Raw:
    """Render the texts in a JSON value, table keys excepted.

    A text that is one expression and nothing else becomes that expression's value:
    `"{{ rows | int }}"` a number.

    Raises:
        TemplateError: as `render_text`.
    """
    if b"{{" not in bytes(raw) and b"{%" not in bytes(raw):
        return raw
    rendered = _render_value(msgspec.json.decode(raw), variables)
    return msgspec.Raw(msgspec.json.encode(rendered))


def _render_value(value: Json, variables: Variables) -> Json:
    match value:
        case str():
            return render_value(value, variables)
        case list():
            return [_render_value(item, variables) for item in value]
        case dict():
            return {key: _render_value(item, variables) for key, item in value.items()}
        case _:
            return value


def render_value(text: str, variables: Variables) -> Json:
    """Render `text`; when it is one expression alone, return the value of it.

    Raises:
        TemplateError: as `render_text`.
    """
    if not is_template(text):
        return text
    whole = _EXPRESSION.fullmatch(to_jinja(text).strip())
    if whole is None:
        return render_text(text, variables)
    from leo_engine.spec import template_engine  # noqa: PLC0415 -- jinja2 takes 36 ms

    return template_engine.evaluate(whole[1].strip(" -+"), variables)


def evaluate_condition(text: str, variables: Variables) -> bool:
    """Return whether a condition holds.

    Texts that look like numbers compare as numbers, as in wf. The texts `""`, `0`,
    `false`, `no` and `off` are false.

    Raises:
        TemplateError: a name is undefined, or the expression failed.
    """
    from leo_engine.spec import template_engine  # noqa: PLC0415 -- jinja2 takes 36 ms

    return template_engine.evaluate_condition(condition_to_jinja(text), variables)

"""Rendering of texts, argv, JSON and conditions; what counts as a template at all."""

import msgspec
import pytest

from leo_engine.errors import TemplateError
from leo_engine.spec import template_engine
from leo_engine.spec.template import (
    evaluate_condition,
    is_template,
    mentioned,
    mentioned_in_condition,
    render_json,
    render_shell,
    render_text,
)

VALUES = {
    "name": "it's",
    "count": "9",
    "rows": ["a b", "c"],
    "number": 3,
    "params": {"limit": "10"},
    "a-b": "q",
    "yes": True,
    "nothing": None,
    "table": {"k": [1]},
    "ok": "ok",
    "pi": 1.5,
}


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "{ braces }",
        "${name}",
        "${#name}",
        "printf '{%s}' x",
        "awk '{print}'",
        "{#",
        "}}",
    ],
)
def test_a_text_without_syntax_is_no_template_and_stays_as_it_is(text: str) -> None:
    assert not is_template(text)
    assert render_text(text, {}) == render_shell(text, {}) == text


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("{{ name }}!", "it's!"),
        ("{{.name}} {{ .a-b }} {{- .count-}} .", "it's q9."),
        ("{{ rows }}", '["a b","c"]'),
        ("{{ table }}", '{"k":[1]}'),
        ("{{ yes }} {{ nothing }}|{{ pi }}", "true |1.5"),
        ("{{ params.limit }}", "10"),
        ("{{ missing | default('d') }}", "d"),
        ("{% for row in rows %}<{{ row }}>{% endfor %}", "<a b><c>"),
        ("a{# comment #}b", "ab"),
        ("${#name} {{ ok }} {%s}", "${#name} ok {%s}"),
        ("{% raw %}{{ x }} ${#y}{% endraw %}", "{{ x }} ${#y}"),
        ("{{ name }}\n", "it's\n"),
        ("{{ '{' }}", "{"),
    ],
)
def test_a_text_is_rendered_plainly(text: str, rendered: str) -> None:
    assert is_template(text)
    assert render_text(text, VALUES) == rendered


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ missing }}", "'missing' is undefined"),
        ("{{ .missing }}", "'missing' is undefined"),
        ("{{ params.missing }}", "missing"),
        ("{{ name", "unexpected end of template"),
        ("{{ name | nope }}", "nope"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ name.__class__ }}", "unsafe"),
        ("{{ rows + 1 }}", "concatenate"),
        ("{{ range(10 ** 9) }}", "too big"),
        ("{% for x in %}{% endfor %}", "end of statement block"),
    ],
)
def test_a_template_that_fails_says_why_in_one_line(text: str, message: str) -> None:
    for render in (render_text, render_shell):
        with pytest.raises(TemplateError, match=r".") as caught:
            render(text, VALUES)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)


def test_json_is_rendered_inside_and_keeps_what_is_no_text() -> None:
    raw = msgspec.Raw(
        b'{"n":"{{ number }}","s":"n={{ number }}",'
        b'"l":["{{ rows }}",1,null],"{{k}}":true}'
    )
    assert msgspec.json.decode(render_json(raw, VALUES)) == {
        "n": 3,
        "s": "n=3",
        "l": [["a b", "c"], 1, None],
        "{{k}}": True,
    }
    plain = msgspec.Raw(b'{"a":1}')
    assert render_json(plain, {}) is plain


@pytest.mark.parametrize(
    "text",
    [
        '{{.ok}} == "ok"',
        '"{{.ok}}" == "ok"',
        "'{{ ok }}' == 'ok'",
        "'{{ ok }}_{{ count }}' == 'ok_9'",
        'ok == "ok" && count < "10"',
        'count > "80" || !(ok == "no")',
        'count == "9.0"',
        "count < 10 and count | int == 9",
        'params.limit > "9"',
        '"10" > count',
        "ok in ['ok']",
        "ok == '&&' || ok ~ '!' == 'ok!'",
        "yes",
        "number",
        "{{ count }} > 5",
        '"{{ nope | default("ok") }}" == "ok"',
        'ok > "a"',
        "{{.a-b}} == 'q'",
        "true",
        "ok != 3",
    ],
)
def test_a_condition_holds(text: str) -> None:
    assert evaluate_condition(text, VALUES) is True


@pytest.mark.parametrize(
    "text",
    [
        "''",
        "'0'",
        "'False'",
        "' no '",
        "'off'",
        "0",
        "nothing",
        "!yes",
        "[]",
        "ok == 3",
    ],
)
def test_a_condition_does_not_hold(text: str) -> None:
    assert evaluate_condition(text, VALUES) is False


@pytest.mark.parametrize(
    "text", ["missing", "ok > 3", "ok ==", "a b", "{{ ok }", "params.x", "ok | nope"]
)
def test_a_condition_that_cannot_be_worked_out_is_an_error(text: str) -> None:
    with pytest.raises(TemplateError):
        evaluate_condition(text, VALUES)


def test_what_a_template_mentions_is_known_without_rendering() -> None:
    mentions = mentioned(
        "{{ x }}{{.y}} {{ outputs.a.b }} {{ outputs['c-d'].e }} {{ params.q }}"
        "{% for i in z %}{{ i }}{{ range(3) }}{% endfor %}"
    )
    assert mentions.names == {"x", "z", "outputs", "params"}
    assert mentions.dotted == {"y"}
    assert mentions.outputs == {"a", "c-d"}
    assert mentions.params == {"q"}
    assert mentioned("{{ x }} and {{y}}").names == {"x", "y"}
    assert mentioned_in_condition("rows | int > 0 && {{.z}}").dotted == {"z"}
    assert mentioned("{{ a b }}").error
    assert mentioned("plain").names == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "{{ x }} {{y}}",
        "{{ outputs.a.b }} {{ params.q }} {{ env.HOME }}",
        "{{ true }} {{ none }} {{ range }}",
        "{{ outputs }}",
        "{{ if }}",
        "{{ x.y.z }}",
    ],
)
def test_the_short_way_to_mentions_agrees_with_the_parser(text: str) -> None:
    assert mentioned(text) == template_engine.mentions(text, is_condition=False)

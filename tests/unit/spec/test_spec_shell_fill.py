"""A value is quoted for the place in the script where it stands."""

import pytest

from leo_engine.errors import TemplateError
from leo_engine.spec.template import render_shell

V = {
    "v": "a b",
    "q": "it's",
    "d": '$(x) "`\\',
    "list": ["a b", "c"],
    "empties": [],
    "empty": "",
    "n": 2,
    "word": "done",
    "name": "HOME",
    "lines": "one\nEOF\ntwo",
    "table": {"k": "it's"},
    "tab": "x\n\ty",
}


@pytest.mark.parametrize(
    ("script", "filled"),
    [
        ("echo {{ v }}", "echo 'a b'"),
        ("echo {{ n }} {{ name }}", "echo 2 HOME"),
        ("echo {{ q }}", "echo 'it'\\''s'"),
        ("echo '{{ q }}'", "echo 'it'\\''s'"),
        ('echo "{{ d }}"', 'echo "\\$(x) \\"\\`\\\\"'),
        ("echo {{ list }}", "echo 'a b' c"),
        ("echo {{ empties }}.", "echo ."),
        ("echo {{ none }}.", "echo ''."),
        ("echo {{ empty }}", "echo ''"),
        ("echo '{{ list }}'", 'echo \'["a b","c"]\''),
        ("echo {{ table }}", "echo '{\"k\":\"it'\\''s\"}'"),
        ("{{ word }}", "'done'"),
        ("echo x {{ n }}>f", "echo x '2'>f"),
        ("echo --a={{ v }}/{{ q }}", "echo --a='a b'/'it'\\''s'"),
        ("echo {{ v | raw }}", "echo a b"),
        ("# {{ lines }}\necho", "# one EOF two\necho"),
        ("echo a#{{ v }}", "echo a#'a b'"),
        ("echo $(( {{ n }} + {{ name }} ))", "echo $(( 2 + HOME ))"),
        ("echo ${X:-{{ n }}}", "echo ${X:-2}"),
        ("echo ${{ name }}", "echo $HOME"),
        ('echo "$(cat {{ v }})"', "echo \"$(cat 'a b')\""),
        ('echo "`cat {{ q }}`"', "echo \"`cat 'it'\\\\''s'`\""),
        ("cat <<EOF\n{{ d }}\nEOF\n{{ v }}", "cat <<EOF\n\\$(x) \"\\`\\\\\nEOF\n'a b'"),
        ("cat <<'EOF'\n{{ d }}\nEOF\n{{ v }}", "cat <<'EOF'\n$(x) \"`\\\nEOF\n'a b'"),
        ("cat <<-E\n\t{{ v }}\n\tE\n{{ v }}", "cat <<-E\n\ta b\n\tE\n'a b'"),
        ("cat <<A <<B\n{{ v }}\nA\n'{{ v }}\nB\n{{ v }}", None),
        ("case x in x) echo {{ v }};; esac", "case x in x) echo 'a b';; esac"),
        ('"$(case x in x) a;; esac)"{{ v }}', "\"$(case x in x) a;; esac)\"'a b'"),
        ('"$(echo case) {{ d }}"', '"$(echo case) \\$(x) \\"\\`\\\\"'),
        ("(a; {{ v }}) && { {{ v }}; }", "(a; 'a b') && { 'a b'; }"),
        ("cat <<<{{ v }}", "cat <<<'a b'"),
        ("{% if n == 2 %}echo {{ v }}{% endif %}", "echo 'a b'"),
        ("{% set x %}<{{ v }}>{% endset %}echo {{ x }}", "echo '<a b>'"),
        ("{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(v) }}", "'[a b]'"),
        ("{% filter upper %}{{ v }}{% endfilter %}", "'a b'"),
    ],
)
def test_a_value_is_quoted_for_its_place(script: str, filled: str | None) -> None:
    expected = filled if filled is not None else script.replace("{{ v }}", "a b", 2)
    if filled is None:
        expected = expected.replace("{{ v }}", "'a b'")
    assert render_shell(script, V) == expected


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo \\{{ v }}", "cannot follow a backslash"),
        ('echo "\\{{ v }}"', "cannot follow a backslash"),
        ('echo "${{ d }}"', "only a variable's name"),
        ("echo ${{ v }}", "only a variable's name"),
        ("echo $(( {{ v }} ))", "is not a whole number"),
        ("echo ${X:-{{ v }}}", "cannot stand inside ${"),
        ('echo "${X:-"{{ d }}"}"', "cannot stand inside ${"),
        ("echo $'{{ v }}'", "differs between shells"),
        ("echo \"${X:-'{{ v }}'}\"", "differs between shells"),
        ("echo $((a) | {{ v }})", "means arithmetic"),
        ('echo `echo \\"{{ v }}\\"`', "backticks with a backslash"),
        ("echo `echo \\`{{ v }}\\``", "backticks with a backslash"),
        ("cat <<EOF\n{{ lines }}\nEOF\n", "ends its here-document"),
        ("cat <<'EOF'\n{{ lines }}\nEOF\n", "ends its here-document"),
        ("cat << {{ v }}\n", "must be written out"),
        ("cat <<-EOF\n{{ tab }}\nEOF\n", "begins with a tab"),
    ],
)
def test_a_value_is_refused_where_no_quoting_is_right(
    script: str, message: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        render_shell(script, V)
    assert message in str(caught.value)


def test_a_nul_in_a_value_is_refused() -> None:
    for value in ("a\0b", "\x000\x00", "\x007\x00"):
        with pytest.raises(TemplateError, match="NUL"):
            render_shell("echo {{ v }}", {"v": value})


def test_two_dollars_are_the_pid_and_begin_no_substitution() -> None:
    script = "cat <<END\n$$({{ v }}\nEND"
    assert render_shell(script, {"v": "`id`"}) == "cat <<END\n$$(\\`id\\`\nEND"

"""Any text, in any place of a script, reaches the command as exactly that text."""

import subprocess
import tempfile

import pytest
from hypothesis import assume, given, settings, strategies as st

from leo_engine.errors import TemplateError
from leo_engine.spec.template import render_shell

SCRATCH = tempfile.mkdtemp(prefix="leo-quoting-")
"""Where the scripts run: some of them write files."""

PLACES = {
    "bare": "printf %s. {{ v }}",
    "after an equals sign": 'x={{ v }}; printf %s. "$x"',
    "single quotes": "printf %s. '{{ v }}'",
    "double quotes": 'printf %s. "{{ v }}"',
    "a substitution": 'printf %s "$(printf %s. {{ v }})"',
    "quotes in a substitution": 'x=$(printf %s. "{{ v }}"); printf %s "$x"',
    "backticks": 'printf %s "`printf %s. {{ v }}`"',
    "quotes in backticks": "x=`printf %s. '{{ v }}'`; printf %s \"$x\"",
    "a here-document": "cat <<END\n{{ v }}.\nEND",
    "a quoted here-document": "cat <<'END'\n{{ v }}.\nEND",
    "a here-document in a substitution": (
        'x=$(cat <<E\n{{ v }}.\nE\n)\nprintf %s "$x"'
    ),
    "a substitution in a here-document": "cat <<E\n$(printf %s. {{ v }})\nE",
    "a case": 'printf %s "$(case a in a) printf %s. {{ v }} ;; esac)"',
    "after a comment": "# it's {{ v }}\nprintf %s. {{ v }}",
}
"""{place: script that prints the value and a full stop}; the stop keeps line ends."""

TEXTS = st.text(
    st.one_of(
        st.sampled_from("'\"\\$`!#~*?[](){}<>|&;\n\t -=%^aE0"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=12,
) | st.sampled_from(
    ["$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "', "\\"]
)


HOSTILE = "'\"`touch x`$(touch x)\n;touch x;'\"|touch x&touch x\n"
TOKENS = (
    ["{{ v }}"] * 4
    + list("'\"\\$`()}#;|& \n")
    + ["$(", "${X:-", "${X#", "$((", "))", "<<EOF\n", "<<'EOF'\n", "<<-E\n"]
    + ["\nEOF\n", "\n\tE\n", "echo ", "case x in x) ", ";; esac", "case", "esac", "in"]
)


def run(script: str) -> str:
    """Return what /bin/sh prints for a script, its last line end left out."""
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        capture_output=True,
        check=True,
        cwd=SCRATCH,
        timeout=10,
    )
    assert done.stderr == b""
    return done.stdout.decode().removesuffix("\n")


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=30)
@given(text=TEXTS)
def test_a_value_arrives_as_it_is(place: str, text: str) -> None:
    # dash itself garbles a line that begins like the delimiter and goes on in UTF-8.
    assume("here-document" not in place or "E" not in text)
    assert run(render_shell(PLACES[place], {"v": text})) == f"{text}."


@settings(max_examples=30)
@given(texts=st.lists(TEXTS, max_size=4))
def test_a_list_becomes_one_argument_per_item(texts: list[str]) -> None:
    script = "for x in {{ v }}; do printf '<%s>' \"$x\"; done"
    assert run(render_shell(script, {"v": texts})) == "".join(
        f"<{text}>" for text in texts
    )


@settings(max_examples=200)
@given(tokens=st.lists(st.sampled_from(TOKENS), max_size=12))
def test_a_value_never_becomes_a_command(tokens: list[str]) -> None:
    """Whatever stands around it, be it a valid script or not."""
    try:
        script = render_shell("".join(tokens), {"v": HOSTILE})
    except TemplateError:
        return
    done = subprocess.run(
        ["/bin/sh", "-c", f"touch() {{ echo PWNED >&2; }}\n{script}"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=SCRATCH,
        env={"PATH": "/nonexistent"},
        check=False,
        timeout=10,
    )
    assert b"PWNED\n" not in done.stderr

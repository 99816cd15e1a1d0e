"""What tasks hand on, through `--once`: checked, declared, cleared, in order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from called_folder import CalledFolder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[CalledFolder]:
    folder = CalledFolder(tmp_path)
    yield folder
    folder.close()


@pytest.mark.parametrize(
    ("returned", "schema", "words"),
    [
        (
            "'x' * 300_000",
            "",
            "$LEO_OUTPUT holds 300012 bytes, over the limit of 262144",
        ),
        ("['ż'] * 200_000", "", "over the limit of 262144"),
        (
            "{'n': 'one'}",
            "{ properties = { n = { type = 'integer' } } }",
            "output does",
        ),
        ("None", "{ required = ['n'] }", "'n' is a required property"),
    ],
)
def test_an_output_that_cannot_be_kept_fails_the_task(
    folder: CalledFolder, returned: str, schema: str, words: str
) -> None:
    key = f"output_schema = {schema}\n" if schema else ""
    folder.write(f"[tasks.a]\npython = 'mod:f'\n{key}")
    folder.write(f"def f(): return {returned}\n", "mod.py")
    code, text = folder.leo("--once")
    assert code == 1
    assert words in text
    assert folder.outputs() == {}


def test_an_output_of_no_declared_upstream_is_refused_by_name(
    folder: CalledFolder,
) -> None:
    folder.write(
        "[tasks.a]\npython = 'mod:f'\n"
        "[tasks.b]\npython = 'mod:f'\nwith = { x = '{{ outputs.a.value }}' }\n"
    )
    code, text = folder.leo("--once")
    assert code == 2
    assert "'a'" in text
    assert "depends_on" in text


def test_an_output_is_gone_once_its_task_is_retried(folder: CalledFolder) -> None:
    folder.make_fifos()
    folder.write(
        "[tasks.a]\npython = 'mod:f'\n[tasks.b]\npython = 'mod:f'\ndepends_on = ['a']\n"
    )
    folder.write(
        "import os\ndef f(outputs):\n"
        "    if os.path.exists('again') and os.environ['LEO_TASK'] == 'a':\n"
        "        open('up.fifo', 'w').write('up')\n"
        "        open('go.fifo').read()\n"
        "        return None\n"
        "    return sorted(outputs)\n",
        "mod.py",
    )
    assert folder.leo("--once")[0] == 0
    assert folder.outputs() == {"a": {"value": []}, "b": {"value": ["a"]}}
    folder.write("", "again")
    engine = folder.start("retry", "latest", "a", "--downstream")
    folder.task_is_up()
    assert folder.outputs() == {}
    folder.let_go()
    assert engine.wait() == 0
    assert folder.outputs() == {"b": {"value": []}}

"""No secret stays in a log, an outcome or a message."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from leo_engine.errors import LaunchError
from leo_engine.scheduler.scrub import (
    known_masks,
    mask_json,
    mask_outcome,
    mask_text,
    maskable,
    scrub_file,
    secret_values,
)
from leo_engine.spec.model import Secret
from leo_engine.state.outcome import (
    Cancelled,
    Failed,
    Lost,
    Outcome,
    Succeeded,
    TimedOut,
    Usage,
)


def secret(source: str) -> Secret:
    return Secret("TOKEN", source)


def test_a_secret_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from file\n\n")
    environ = {"API": "from env\n"}
    assert secret_values([secret("env:API")], environ, "/") == {"TOKEN": "from env\n"}
    file = secret_values([secret("file:token")], {}, str(tmp_path))
    assert file == {"TOKEN": "from file"}


def test_a_file_may_be_absolute_or_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "token").write_text("hidden")
    for where in (tmp_path / "token", "~/token"):
        values = secret_values([secret(f"file:{where}")], {}, "/elsewhere")
        assert values == {"TOKEN": "hidden"}


@pytest.mark.parametrize(
    "source", ["env:NONE", "file:none", "file:.", "file:binary", "file:~nobody/x"]
)
def test_a_source_that_cannot_be_read_is_named_with_its_secret(
    tmp_path: Path, source: str
) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(LaunchError, match=r"^secret TOKEN: ") as refused:
        secret_values([secret(source)], {"OTHER": "value"}, str(tmp_path))
    assert "value" not in str(refused.value)


def test_what_can_still_be_read_is_masked_when_something_else_cannot() -> None:
    secrets = [Secret("A", "env:GONE"), Secret("B", "env:THERE")]
    assert known_masks(secrets, {"THERE": "value"}, "/") == ("value",)


def test_a_secret_of_several_lines_is_masked_line_by_line_too() -> None:
    masks = maskable({"KEY": "-----BEGIN\nabcdef\n}\n"})
    assert mask_text("abcdef\n", masks) == "***\n"
    assert mask_text("-----BEGIN", masks) == "***"
    assert mask_text("if x { y }", masks) == "if x { y }", "short lines are anything"


def test_an_empty_secret_masks_nothing() -> None:
    assert mask_text("text", maskable({"A": "", "B": "\n"})) == "text"


def test_a_secret_is_masked_as_it_is_written_in_json() -> None:
    masks = maskable({"A": 'say "hi"\\\t'})
    assert mask_text(r'{"a": "say \"hi\"\\\t"}', masks) == '{"a": "***"}'


def test_nothing_is_left_of_secrets_that_overlap() -> None:
    masks = maskable({"A": "token-s", "B": "secret", "C": "s"})
    assert mask_text("token-secret", masks) == "***"


def test_a_secret_of_asterisks_does_not_mask_the_masks() -> None:
    assert mask_text("* and abc", maskable({"A": "abc", "B": "*"})) == "*** and ***"


def test_a_secret_inside_another_is_masked_once() -> None:
    assert mask_text("<abcdef>", maskable({"A": "abcdef", "B": "cd"})) == "<***>"


@given(
    st.text(alphabet="ab*", max_size=30),
    st.lists(st.text(alphabet="ab", min_size=1, max_size=4), max_size=4),
)
def test_no_letter_of_any_occurrence_is_left(text: str, secrets: list[str]) -> None:
    masks = maskable(dict(enumerate_names(secrets)))
    covered = {
        place
        for one in masks
        for at in range(len(text))
        if text.startswith(one, at)
        for place in range(at, at + len(one))
    }
    left = "".join(
        letter for place, letter in enumerate(text) if place not in covered
    ).replace("*", "")
    assert mask_text(text, masks).replace("*", "") == left


def enumerate_names(secrets: list[str]) -> list[tuple[str, str]]:
    return [(f"S{number}", value) for number, value in enumerate(secrets)]


def test_json_is_masked_in_keys_texts_and_numbers_at_any_depth() -> None:
    value = {"pin-4711": [{"deep": "x4711x"}, 4711, 47.0, True, None]}
    assert mask_json(value, ["4711"]) == {
        "pin-***": [{"deep": "x***x"}, "***", 47.0, True, None]
    }


@pytest.mark.parametrize(
    ("outcome", "masked"),
    [
        (
            Succeeded(output={"a": ["s3cr3t"]}, registered="is s3cr3t", usage=Usage(1)),
            Succeeded(output={"a": ["***"]}, registered="is ***", usage=Usage(1)),
        ),
        (Succeeded(), Succeeded()),
        (
            Failed(reason="no s3cr3t", exit_code=2),
            Failed(reason="no ***", exit_code=2),
        ),
        (Lost(reason="s3cr3t"), Lost(reason="***")),
        (Cancelled(reason="s3cr3t"), Cancelled(reason="***")),
        (TimedOut(limit_ms=5), TimedOut(limit_ms=5)),
    ],
)
def test_an_outcome_is_masked_and_otherwise_kept(
    outcome: Outcome, masked: Outcome
) -> None:
    assert mask_outcome(outcome, ["s3cr3t"]) == masked


def test_a_log_is_overwritten_in_place_and_keeps_its_length(tmp_path: Path) -> None:
    log = tmp_path / "1.log"
    before = b"\xff a=s3cr3t b=s3cr3t s3cr3 \n"
    log.write_bytes(before)
    inode = log.stat().st_ino
    assert scrub_file(str(log), ["s3cr3t"]) == 2
    assert log.read_bytes() == b"\xff a=****** b=****** s3cr3 \n"
    assert (log.stat().st_ino, log.stat().st_size) == (inode, len(before))


def test_nothing_is_left_in_a_log_of_secrets_that_overlap(tmp_path: Path) -> None:
    log = tmp_path / "1.log"
    log.write_text("<token-secret>")
    scrub_file(str(log), maskable({"A": "token-s", "B": "secret"}))
    assert log.read_text() == "<" + "*" * 12 + ">"


def test_a_reader_that_follows_a_log_goes_on_where_it_was(tmp_path: Path) -> None:
    log = tmp_path / "1.log"
    log.write_text("s3cr3t one\ntwo\n")
    with log.open() as reader:
        reader.readline()
        scrub_file(str(log), ["s3cr3t"])
        assert reader.readline() == "two\n"


def test_a_file_that_is_not_there_or_empty_or_no_file_is_let_be(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    for name in ("none", "empty", "folder"):
        assert scrub_file(str(tmp_path / name), ["s3cr3t"]) == 0


def test_a_file_that_its_task_made_read_only_is_scrubbed_all_the_same(
    tmp_path: Path,
) -> None:
    log = tmp_path / "1.output"
    log.write_text("s3cr3t")
    log.chmod(0o400)
    assert scrub_file(str(log), ["s3cr3t"]) == 1
    assert log.stat().st_mode & 0o777 == 0o600

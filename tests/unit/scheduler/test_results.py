"""What an attempt hands on: `$LEO_OUTPUT` in either form, and the registered line."""

import os
from pathlib import Path

import msgspec
import pytest

from leo_engine.ports import OUTPUT_LIMIT_BYTES
from leo_engine.scheduler.results import (
    OutputRejectedError,
    check_output,
    last_line,
    read_output,
    shortened,
    with_results,
)
from leo_engine.state.outcome import Cancelled, Failed, Outcome, Succeeded, Usage

USED = Usage(cpu_ms=5, peak_rss_bytes=7)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "1.output"


def read(file: Path, content: str | bytes) -> dict[str, object] | None:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_output(str(file))


def refusal(file: Path, content: str | bytes) -> str:
    with pytest.raises(OutputRejectedError) as refused:
        read(file, content)
    return str(refused.value)


def test_no_file_and_an_empty_one_hand_nothing_on(file: Path) -> None:
    assert read_output(str(file)) is None
    assert read(file, "") is None
    assert read(file, " \n\n") is None


def test_lines_of_key_and_value_are_texts(file: Path) -> None:
    wrote = "rows=7\n\n name = a=b \nempty=\n"
    assert read(file, wrote) == {"rows": "7", "name": " a=b ", "empty": ""}


def test_the_last_of_two_lines_for_one_key_counts(file: Path) -> None:
    assert read(file, "a=1\na=2\n") == {"a": "2"}


def test_lines_may_end_as_on_windows(file: Path) -> None:
    assert read(file, "a=1\r\nb=2\r\n") == {"a": "1", "b": "2"}


def test_only_a_newline_ends_a_line(file: Path) -> None:
    odd = "a\x0bb\x0cc\x1cd\x85e\u2028f"
    assert read(file, f"text={odd}\n") == {"text": odd}


def test_a_json_object_keeps_its_types(file: Path) -> None:
    wrote = '\n {"rows": 7, "deep": {"list": [true, null, 1.5]}}\n'
    assert read(file, wrote) == {"rows": 7, "deep": {"list": [True, None, 1.5]}}


@pytest.mark.parametrize(
    "text", ['{"a": }', '{"a": 1} trailing', '{"a": "\\ud800"}', '{"a": NaN}', "{a=b"]
)
def test_broken_json_is_refused(file: Path, text: str) -> None:
    assert "is not a JSON object" in refusal(file, text)


def test_json_nested_too_deeply_is_refused_and_not_a_crash(file: Path) -> None:
    deep = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert "is not a JSON object" in refusal(file, deep)


def test_a_line_that_is_neither_is_named(file: Path) -> None:
    assert refusal(file, "a=1\nnonsense\n").startswith("$LEO_OUTPUT line 2 is not key=")
    assert "line 1" in refusal(file, "=1\n")


def test_bytes_that_are_no_text_are_refused(file: Path) -> None:
    assert "cannot be read" in refusal(file, b"a=\xff\xfe\n")


def test_the_limit_itself_is_allowed_and_one_more_byte_is_not(file: Path) -> None:
    most = "a=" + "x" * (OUTPUT_LIMIT_BYTES - 2)
    assert read(file, most) == {"a": most[2:]}
    told = refusal(file, most + "x")
    assert f"{OUTPUT_LIMIT_BYTES + 1} bytes" in told
    assert "$LEO_STAGING" in told


def test_a_folder_of_that_name_is_refused(file: Path) -> None:
    file.mkdir()
    with pytest.raises(OutputRejectedError, match="cannot be read"):
        read_output(str(file))


def test_a_fifo_of_that_name_holds_nobody_up(file: Path) -> None:
    os.mkfifo(file)
    assert read_output(str(file)) is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", ""),
        (b"\n \n\t\n", ""),
        (b"one\ntwo", "two"),
        (b"one\n  two  \n\n \n", "two"),
        (b"one\r\ntwo\r\n", "two"),
        (b"\xff\n", "\ufffd"),
        ("é\n".encode(), "é"),
    ],
)
def test_the_registered_line_is_the_last_that_is_not_blank(
    file: Path, content: bytes, line: str
) -> None:
    file.write_bytes(content)
    assert last_line(str(file)) == line


@pytest.mark.parametrize("before", [65_533, 65_534, 65_535, 65_536, 65_537])
def test_the_registered_line_is_whole_wherever_the_border_of_64_kib_falls(
    file: Path, before: int
) -> None:
    file.write_bytes(b"x" * before + b"\n42\n")
    assert last_line(str(file)) == "42"


def test_of_a_line_over_64_kib_the_end_is_registered(file: Path) -> None:
    file.write_bytes(b"a" * 70_000 + b"z")
    assert last_line(str(file)) == "a" * 65_535 + "z"


def test_a_missing_file_and_a_folder_register_nothing(file: Path) -> None:
    assert last_line(str(file)) == ""
    assert last_line(str(file.parent)) == ""


def results(file: Path, *, stdout: str = "", schema: object = None) -> Outcome:
    encoded = None if schema is None else msgspec.json.encode(schema)
    return with_results(Succeeded(usage=USED), str(file), stdout, encoded)


def test_what_was_used_is_kept_beside_what_is_handed_on(file: Path) -> None:
    file.write_text("a=1")
    assert results(file) == Succeeded(output={"a": "1"}, usage=USED)


def test_a_task_that_registers_hands_on_an_empty_line_too(file: Path) -> None:
    assert results(file, stdout=str(file)) == Succeeded(registered="", usage=USED)


def test_a_bad_output_fails_the_task_although_it_exited_with_0(file: Path) -> None:
    file.write_text("nonsense")
    outcome = results(file)
    assert isinstance(outcome, Failed)
    assert (outcome.exit_code, outcome.usage) == (0, USED)


@pytest.mark.parametrize("outcome", [Failed(reason="exit 1"), Cancelled()])
def test_nothing_is_read_of_an_attempt_that_did_not_succeed(
    file: Path, outcome: Outcome
) -> None:
    file.write_text("a=1")
    assert with_results(outcome, str(file), "", None) is outcome


ROWS = {"type": "object", "required": ["rows"], "properties": {"rows": {"minimum": 1}}}


def test_an_output_that_fits_its_schema_is_kept(file: Path) -> None:
    file.write_text('{"rows": 7}')
    assert results(file, schema=ROWS) == Succeeded(output={"rows": 7}, usage=USED)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"rows": 0}', "output does not fit output_schema: rows: 0 is less than"),
        ("{}", "the output: 'rows' is a required property"),
        ("", "the output: 'rows' is a required property"),
    ],
)
def test_an_output_that_does_not_says_where(
    file: Path, content: str, told: str
) -> None:
    file.write_text(content)
    outcome = results(file, schema=ROWS)
    assert isinstance(outcome, Failed)
    assert told in outcome.reason


@pytest.mark.parametrize("place", ["#/nowhere", "#", "http://127.0.0.1:9/schema.json"])
def test_a_schema_that_leads_nowhere_fails_the_task_and_fetches_nothing(
    place: str,
) -> None:
    schema = msgspec.json.encode({"$ref": place})
    with pytest.raises(OutputRejectedError, match="output_schema cannot be used"):
        check_output({"a": 1}, schema)


def test_a_reason_is_cut_at_500_characters() -> None:
    long = shortened(Failed(reason="x" * 501, exit_code=0))
    assert isinstance(long, Failed)
    assert long.reason == "x" * 499 + "…"
    assert long.exit_code == 0
    kept = Failed(reason="x" * 500)
    assert shortened(kept) is kept

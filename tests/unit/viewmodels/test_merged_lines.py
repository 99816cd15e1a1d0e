"""Output of several tasks is one log in the order of its arrival."""

from pathlib import Path

from bytes_file import BytesFile
from leo_tui.text.arrivals import Arrivals
from leo_tui.viewmodels.output.log_lines import LogLines, LogSource
from leo_tui.viewmodels.output.merged_lines import MergedLines


def log(
    label: str, file: BytesFile, arrivals: Arrivals | None, *, live: bool = False
) -> LogLines:
    source = LogSource(
        Path(label), (f"{label}-secret",), arrivals, is_live=live, label=label
    )
    return LogLines(source, file)


def told(lines: MergedLines) -> list[str]:
    return [f"{it.label}:{it.text.decode()}" for it in lines.lines(0, lines.count)]


def test_lines_come_in_the_order_in_which_they_were_written() -> None:
    a = log("a", BytesFile(b"a1\na2\na3\n"), Arrivals([10, 30], [0, 6]))
    b = log("b", BytesFile(b"b1\nb2\n"), Arrivals([20, 40], [0, 3]))
    merged = MergedLines([a, b])
    assert merged.extend(1 << 20)
    assert told(merged) == ["a:a1", "a:a2", "b:b1", "a:a3", "b:b2"]
    numbered = merged.lines(1, 3)
    assert [it.number for it in numbered] == [1, 2, 3]
    assert [it.at_ms for it in numbered] == [10, 20, 30]
    assert numbered[1].masks == ("b-secret",)
    assert merged.block(2).text == b"b1\na3\nb2\n"
    assert (merged.is_whole, merged.began_ms) == (True, 10)


def test_a_line_belongs_to_where_it_begins() -> None:
    a = log("a", BytesFile(b"begin end\nnext\n"), Arrivals([10, 30], [0, 5]))
    b = log("b", BytesFile(b"between\n"), Arrivals([20], [0]))
    merged = MergedLines([a, b])
    merged.extend(1 << 20)
    assert told(merged) == ["a:begin end", "b:between", "a:next"]


def test_without_arrivals_lines_come_as_they_are_seen() -> None:
    files = [BytesFile(b"a1\n"), BytesFile(b"b1\nhalf")]
    names = zip("ab", files, strict=True)
    merged = MergedLines([log(name, file, None, live=True) for name, file in names])
    merged.extend(1 << 20)
    assert told(merged) == ["a:a1", "b:b1"]
    files[1].text += b" whole\n"
    merged.extend(1 << 20)
    files[0].text += b"a2\n"
    assert merged.extend(1 << 20)
    assert told(merged) == ["a:a1", "b:b1", "b:half whole", "a:a2"]
    assert not merged.extend(1 << 20)


def test_what_arrives_late_comes_at_the_end_and_moves_nothing() -> None:
    files = [BytesFile(b"a1\n"), BytesFile(b"")]
    times = [[10, 50], [20]]
    offsets = [[0, 3], [0]]
    logs = [
        log(name, file, Arrivals(at, begin), live=True)
        for name, file, at, begin in zip("ab", files, times, offsets, strict=True)
    ]
    merged = MergedLines(logs)
    merged.extend(1 << 20)
    files[0].text += b"a2\n"
    merged.extend(1 << 20)
    files[1].text += b"b1\n"
    merged.extend(1 << 20)
    assert told(merged) == ["a:a1", "a:a2", "b:b1"]

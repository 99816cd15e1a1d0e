"""Output of several tasks is one log in the order of its arrival."""

from pathlib import Path

from bytes_file import BytesFile
from leo_tui.text.arrivals import Arrivals
from leo_tui.viewmodels.output.log_lines import LogLines, LogSource
from leo_tui.viewmodels.output.merged_lines import MergedLines


class Logs:
    """Logs in memory, by the label of each."""

    def __init__(self) -> None:
        self.files: dict[str, BytesFile] = {}

    def source(
        self,
        label: str,
        text: bytes,
        arrivals: Arrivals | None = None,
        *,
        live: bool = False,
    ) -> LogSource:
        """Return a log with some text."""
        self.files[label] = BytesFile(text)
        masks = (f"{label}-secret",)
        return LogSource(Path(label), masks, arrivals, is_live=live, label=label)

    def merged(self, *sources: LogSource) -> MergedLines:
        """Return logs as one."""
        return MergedLines(
            sources, lambda source: LogLines(source, self.files[source.label])
        )


def told(lines: MergedLines) -> list[str]:
    return [f"{it.label}:{it.text.decode()}" for it in lines.lines(0, lines.count)]


def test_lines_come_in_the_order_in_which_they_were_written() -> None:
    logs = Logs()
    merged = logs.merged(
        logs.source("a", b"a1\na2\na3\n", Arrivals([10, 30], [0, 6])),
        logs.source("b", b"b1\nb2\n", Arrivals([20, 40], [0, 3])),
    )
    assert merged.extend(1 << 20)
    assert told(merged) == ["a:a1", "a:a2", "b:b1", "a:a3", "b:b2"]
    numbered = merged.lines(1, 3)
    assert [it.number for it in numbered] == [1, 2, 3]
    assert [it.at_ms for it in numbered] == [10, 20, 30]
    assert numbered[1].masks == ("b-secret",)
    assert merged.block(2).text == b"b1\na3\nb2\n"
    assert (merged.is_whole, merged.began_ms) == (True, 10)


def test_a_line_belongs_to_where_it_begins() -> None:
    logs = Logs()
    merged = logs.merged(
        logs.source("a", b"begin end\nnext\n", Arrivals([10, 30], [0, 5])),
        logs.source("b", b"between\n", Arrivals([20], [0])),
    )
    merged.extend(1 << 20)
    assert told(merged) == ["a:begin end", "b:between", "a:next"]


def test_without_arrivals_lines_come_as_they_are_seen() -> None:
    logs = Logs()
    merged = logs.merged(
        logs.source("a", b"a1\n", live=True), logs.source("b", b"b1\nhalf", live=True)
    )
    merged.extend(1 << 20)
    assert told(merged) == ["a:a1", "b:b1"]
    logs.files["b"].text += b" whole\n"
    merged.extend(1 << 20)
    logs.files["a"].text += b"a2\n"
    assert merged.extend(1 << 20)
    assert told(merged) == ["a:a1", "b:b1", "b:half whole", "a:a2"]
    assert not merged.extend(1 << 20)


def test_what_arrives_late_comes_at_the_end_and_moves_nothing() -> None:
    logs = Logs()
    first = logs.source("a", b"a1\n", Arrivals([10, 50], [0, 3]), live=True)
    second = logs.source("b", b"", Arrivals([20], [0]), live=True)
    merged = logs.merged(first)
    merged.extend(1 << 20)
    logs.files["a"].text += b"a2\n"
    merged.extend(1 << 20)
    merged.change([first, second])
    logs.files["b"].text += b"b1\n"
    assert merged.extend(1 << 20)
    assert told(merged) == ["a:a1", "a:a2", "b:b1"]


def test_many_logs_are_all_looked_at_in_turns() -> None:
    logs = Logs()
    merged = logs.merged(
        *(logs.source(f"{n}", b"line of %d\n" % n) for n in range(200))
    )
    while not merged.is_whole:
        assert merged.extend(1 << 20)
    assert merged.count == 200


def test_a_long_line_is_whole_when_it_is_asked_for() -> None:
    logs = Logs()
    merged = logs.merged(
        logs.source("a", b"short\n"), logs.source("b", b"x\n" + b"y" * 50_000)
    )
    merged.extend(1 << 20)
    line = merged.lines(2, 1)[0]
    assert line.is_cut
    assert merged.whole(line) == line._replace(text=b"y" * 50_000, is_cut=False)

"""Where secrets stand in a text, and runs of text without them."""

from collections.abc import Iterator, Sequence

from leo_tui.text.sgr import Run

MASK = "***"


def covered(text: str, masks: Sequence[str]) -> list[tuple[int, int]]:
    """Return the stretches that secrets cover, in order, none touching another."""
    found = sorted(
        (at, at + len(mask)) for mask in masks if mask for at in _places(text, mask)
    )
    spans: list[tuple[int, int]] = []
    for start, end in found:
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def masked(text: str, masks: Sequence[str]) -> str:
    """Return `text` with `***` for every stretch that secrets cover."""
    parts: list[str] = []
    done = 0
    for start, end in covered(text, masks):
        parts += (text[done:start], MASK)
        done = end
    return "".join(parts) + text[done:]


def masked_runs(runs: Sequence[Run], masks: Sequence[str]) -> tuple[Run, ...]:
    """Return runs with `***` for every stretch that secrets cover.

    A secret is found although colours change inside it, and takes its first colour.
    """
    spans = covered("".join(run.text for run in runs), masks) if masks else []
    if not spans:
        return tuple(runs)
    kept: list[Run] = []
    start = 0
    for run in runs:
        text = "".join(_left(run.text, start, spans))
        start += len(run.text)
        if text:
            kept.append(Run(text, run.ink))
    return tuple(kept)


def _left(text: str, start: int, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield what is shown of a text that begins at `start` of its line."""
    done, end = start, start + len(text)
    for first, last in spans:
        if last <= done or first >= end:
            continue
        if first >= done:
            yield text[done - start : first - start]
            yield MASK
        done = min(last, end)
    yield text[done - start :]


def _places(text: str, mask: str) -> Iterator[int]:
    at = text.find(mask)
    while at >= 0:
        yield at
        at = text.find(mask, at + 1)

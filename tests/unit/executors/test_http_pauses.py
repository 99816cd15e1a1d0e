"""When a request is sent again, and after which pause."""

import random

import pytest

from leo_engine.executors.http_answer import Trouble
from leo_engine.executors.http_options import HttpOptions
from leo_engine.executors.http_pauses import may_retry, pause_ms, retry_after_ms

NOW_MS = 784_111_777_000
"""Sun, 06 Nov 1994 08:49:37 GMT: the date that RFC 9110 shows."""
BUSY = Trouble(reason="HTTP 503", is_transient=True)


def options(**fields: object) -> HttpOptions:
    return HttpOptions(url="http://example.org", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "also", "may"),
    [
        ("GET", (), True),
        ("head", (), True),
        ("PUT", (), True),
        ("DELETE", (), True),
        ("OPTIONS", (), True),
        ("POST", (), False),
        ("PATCH", (), False),
        ("PATCH", ("patch",), True),
        ("POST", ("PATCH",), False),
    ],
)
def test_only_what_may_be_repeated_is(
    method: str, also: tuple[str, ...], *, may: bool
) -> None:
    asked = options(method=method, retry_methods=also)
    assert may_retry(asked, BUSY, 1) is may


def test_what_was_never_sent_may_be_sent_whatever_it_is() -> None:
    refused = Trouble(reason="refused", is_transient=True, is_unsent=True)
    assert may_retry(options(method="POST"), refused, 1)


def test_there_are_as_many_retries_as_were_given() -> None:
    assert [may_retry(options(), BUSY, sent) for sent in (1, 2, 3)] == [
        True,
        True,
        False,
    ]
    assert not may_retry(options(retries=0), BUSY, 1)


def test_what_will_not_change_is_not_tried_again() -> None:
    assert not may_retry(options(), Trouble(reason="HTTP 404"), 1)


@pytest.mark.parametrize(
    ("sent", "bound_ms"), [(1, 500), (2, 1000), (3, 2000), (8, 60_000), (999, 60_000)]
)
def test_pauses_are_drawn_from_all_up_to_a_bound_that_doubles(
    sent: int, bound_ms: int
) -> None:
    chance = random.Random(1)
    drawn = [pause_ms(options(), BUSY, sent, chance, NOW_MS) for _ in range(4000)]
    assert 0 <= min(drawn) < bound_ms * 0.02
    assert bound_ms * 0.98 < max(drawn) <= bound_ms


def test_the_cap_bounds_every_pause() -> None:
    capped = options(retry_cap_ms=100)
    drawn = [
        pause_ms(capped, BUSY, 5, random.Random(seed), NOW_MS) for seed in range(99)
    ]
    assert max(drawn) <= 100


def test_what_the_server_asks_for_is_what_is_waited() -> None:
    asked = Trouble(reason="HTTP 429", is_transient=True, retry_after="3")
    assert pause_ms(options(), asked, 1, random.Random(1), NOW_MS) == 3_000


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("0", 0),
        ("120", 120_000),
        ("Sun, 06 Nov 1994 08:49:47 GMT", 10_000),
        ("Sun, 06 Nov 1994 08:49:27 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:47 GMT", 10_000),
        ("Sun Nov  6 08:49:47 1994", 10_000),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, pause: int | None) -> None:
    assert retry_after_ms(text, NOW_MS) == pause

"""Secrets in a stream: found wherever the pieces part, in every spelling."""

import pytest

from leo_engine.executors.masking import Mask, forms_of


def shown(pieces: list[bytes], *secrets: str) -> bytes:
    mask = Mask(forms_of(secrets))
    return b"".join([*map(mask.feed, pieces), mask.flush()])


@pytest.mark.parametrize("size", range(1, 12))
def test_a_secret_is_found_wherever_the_pieces_part(size: int) -> None:
    whole = b"a s3cr3t, and s3cr3ts3cr3t, and s3cr"
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert shown(pieces, "s3cr3t") == b"a ***, and ******, and s3cr"


def test_the_longer_of_two_secrets_wins() -> None:
    assert shown([b"key", b"-and-more key"], "key", "key-and-more") == b"*** ***"


@pytest.mark.parametrize(
    "written",
    ['a/b c"d', "a%2Fb%20c%22d", "a/b%20c%22d", "a%2Fb+c%22d", 'a/b c\\"d'],
)
def test_a_secret_is_found_as_addresses_forms_and_json_spell_it(written: str) -> None:
    assert shown([f"<{written}>".encode()], 'a/b c"d') == b"<***>"


def test_nothing_is_held_back_when_there_is_no_secret() -> None:
    mask = Mask(forms_of(["", ""]))
    assert mask.feed(b"text") == b"text"
    assert mask.flush() == b""
    assert mask.whole("text") == "text"


def test_no_more_is_held_back_than_could_begin_a_secret() -> None:
    mask = Mask(forms_of(["four"]))
    assert mask.feed(b"x" * 1000) == b"x" * 997

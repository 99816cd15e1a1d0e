"""Which hosts `leo.toml` lets requests go to."""

import pytest

from leo_engine.executors.http_hosts import HostRules


def test_without_rules_every_host_may_be_asked() -> None:
    assert HostRules().refusal("anything.example") == ""


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("api.example.org", True),
        ("API.Example.ORG", True),
        ("api.example.org.", True),
        ("example.org", False),
        ("example.org.evil.net", False),
        ("api.example.orgx", False),
    ],
)
def test_allowed_hosts_are_patterns_of_whole_names(
    host: str, *, is_allowed: bool
) -> None:
    refusal = HostRules(allow=("*.example.org",)).refusal(host)
    assert (refusal == "") is is_allowed


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
    ],
)
def test_an_address_is_denied_however_it_is_written(host: str) -> None:
    assert "denied" in HostRules(deny=("169.254.169.254",)).refusal(host)


def test_what_is_denied_is_not_allowed() -> None:
    rules = HostRules(allow=("*.example.org",), deny=("admin.*",))
    assert "denied" in rules.refusal("admin.example.org")
    assert rules.refusal("api.example.org") == ""


def test_brackets_of_an_address_do_not_matter() -> None:
    assert "denied" in HostRules(deny=("[::1]",)).refusal("::1")
    assert "denied" in HostRules(deny=("::1",)).refusal("[::1]")

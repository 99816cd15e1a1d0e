"""HTTP attempts, rendered: what their tables know, and what others do not."""

from pathlib import Path

import msgspec
import pytest

from attempt_place import SECRETS, START_BY_MS, Place
from leo_engine.errors import LaunchError
from leo_engine.spec.model import (
    HttpCall,
    Shell,
)
from leo_engine.testing.builders import dag


def http(text: str) -> dict[str, object]:
    return {"action": HttpCall(msgspec.Raw(text.encode()))}


def options_of(place: Place, task: str) -> dict[str, object]:
    request = place.workplace.request(place.workplace.task(task), 1, START_BY_MS)
    assert isinstance(request.action, HttpCall)
    found: dict[str, object] = msgspec.json.decode(request.action.options)
    return found


def test_a_request_is_given_its_secrets_and_its_own_environment(tmp_path: Path) -> None:
    table = http('{"url": "{{ secrets.TOKEN }} {{ env.OWN }} {{ env.SEEN }}"}')
    own = {**table, "secrets": SECRETS, "env": (("OWN", "mine"),)}
    place = Place(tmp_path, dag("a", tasks={"a": own}))
    assert options_of(place, "a") == {"url": "s3cr3t mine yes"}
    request = place.workplace.request(place.workplace.task("a"), 1, START_BY_MS)
    assert request.masks == ("s3cr3t",)


def test_secrets_are_in_no_other_template(tmp_path: Path) -> None:
    tables: dict[str, dict[str, object]] = {
        "env": {**http('{"url": "u"}'), "env": (("A", "{{ secrets.TOKEN }}"),)},
        "cmd": {"action": Shell("echo {{ secrets.TOKEN }}")},
        "through": http('{"url": "{{ env.TOKEN }}"}'),
    }
    spec = dag("env cmd through", tasks=tables, secrets=SECRETS)
    place = Place(tmp_path, spec)
    for name in tables:
        with pytest.raises(LaunchError, match=r"is undefined|no attribute"):
            place.workplace.request(place.workplace.task(name), 1, START_BY_MS)
    assert "secrets" not in place.variables("through")


def test_what_a_poll_waits_for_is_handed_on_as_it_was_written(tmp_path: Path) -> None:
    until = "json.n == day && json.m == {{ params.day }} && status"
    table = {"url": "{{ day }}", "poll": {"until": until, "interval_ms": 1}}
    spec = dag("a", tasks={"a": http(msgspec.json.encode(table).decode())})
    place = Place(tmp_path, spec, params={"day": "' or true or '"})
    assert options_of(place, "a") == {
        "url": "' or true or '",
        "poll": {
            "until": until,
            "interval_ms": 1,
            "variables": {
                "day": "' or true or '",
                "params": {"day": "' or true or '"},
            },
        },
    }


def test_the_address_of_a_request_is_known_before_its_secrets_are(
    tmp_path: Path,
) -> None:
    own = {**http("{}"), "secrets": SECRETS, "env": (("HOST", "{{ host }}"),)}
    place = Place(tmp_path, dag("a", tasks={"a": own}), params={"host": "there"})
    task = place.workplace.task("a")
    address = place.workplace.address
    assert (
        address(task, "http://{{ env.HOST }}/{{ secrets.TOKEN }}") == "http://there/-"
    )
    assert address(task, "http://here/") == "http://here/"
    assert address(task, "http://{{ nobody }}/") == ""


def test_a_request_knows_whether_its_output_is_checked(tmp_path: Path) -> None:
    spec = dag("a b", tasks={"a": {"output_schema": {}}})
    place = Place(tmp_path, spec)
    needs = [
        place.workplace.request(place.workplace.task(name), 1, 0).needs_output
        for name in "ab"
    ]
    assert needs == [True, False]

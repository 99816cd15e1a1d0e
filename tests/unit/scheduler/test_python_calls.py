"""What an attempt of a python task is given."""

import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from leo_engine.errors import LaunchError
from leo_engine.scheduler.folders import RunFolders
from leo_engine.scheduler.python_calls import PythonCalls
from leo_engine.spec.model import PythonCall, Task
from leo_engine.testing.builders import dag

SOURCES = {"mod.py": b"import pkg.sub", "pkg/sub/deep.py": b"\xff"}
PINNED = tuple((path, "digest") for path in SOURCES)
HASH = "0123abcd" * 8


class Place:
    """The calls of one run, and how often its files were asked for."""

    def __init__(self, folder: Path, sources: Mapping[str, bytes] = SOURCES) -> None:
        self.run = folder / "run"
        if not self.run.exists():
            self.run.mkdir()
        self.asked_count = 0
        self._sources = sources
        folders = RunFolders(str(folder), str(self.run), str(folder / "staging"))
        self.calls = PythonCalls(folders, HASH, self._read)

    def _read(self) -> Mapping[str, bytes]:
        self.asked_count += 1
        return self._sources

    def prepare(self, call: PythonCall, *upstream: Task) -> dict[str, object]:
        """Return what the first attempt of a task would be told."""
        (task,) = dag("t", action=call).tasks
        path = Path(self.calls.prepare(task, 1, call, upstream))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        told: dict[str, object] = msgspec.json.decode(path.read_bytes())
        return told


def test_a_call_tells_values_folder_and_who_is_upstream(tmp_path: Path) -> None:
    spec = dag("a b", tasks={"b": {"base": "m", "matrix": (("k", "b"),)}})
    call = PythonCall("m:f", msgspec.Raw(b'{"x":[1]}'))
    assert Place(tmp_path).prepare(call, *spec.tasks) == {
        "arguments": {"x": [1]},
        "folder": str(tmp_path),
        "sources": "",
        "upstream": ["a", "b"],
        "fan_ins": ["m"],
    }


def test_the_files_of_a_version_are_laid_out_once_and_for_the_owner_alone(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    call = PythonCall("mod:f", sources=PINNED)
    told = [place.prepare(call)["sources"] for _ in range(3)]
    assert told == [str(tmp_path / "run" / "~sources" / HASH)] * 3
    assert place.asked_count == 1
    copy = Path(str(told[0]))
    assert {name: (copy / name).read_bytes() for name in SOURCES} == SOURCES
    for path in [copy.parent, copy, *copy.rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted


def test_half_a_copy_of_an_engine_that_was_killed_is_never_imported(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    left = tmp_path / "run" / "~sources" / f"{HASH}.1"
    left.mkdir(parents=True)
    (left / "mod.py").write_text("half")
    told = place.prepare(PythonCall("mod:f", sources=PINNED))
    assert Path(str(told["sources"]), "mod.py").read_bytes() == SOURCES["mod.py"]


def test_a_copy_that_another_engine_has_made_meanwhile_is_as_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, other = Place(tmp_path), Place(tmp_path)
    call = PythonCall("mod:f", sources=PINNED)
    monkeypatch.setattr(
        place.calls,
        "_sources_of",
        lambda: other.prepare(call) and SOURCES,
    )
    assert place.prepare(call) == other.prepare(call)
    kept = list((tmp_path / "run" / "~sources").iterdir())
    assert [path.name for path in kept] == [HASH]


def test_what_cannot_be_written_keeps_the_attempt_from_starting(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(LaunchError, match="cannot write what to call"):
        Place(tmp_path).prepare(PythonCall("mod:f"))

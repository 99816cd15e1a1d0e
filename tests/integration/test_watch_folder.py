"""A real folder, watched while files are written the way editors do."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings
from leo_engine.watch import folder as watching
from leo_engine.watch.folder import changes


class Watch:
    """What a watch has told so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stop = asyncio.Event()
        self.told: list[frozenset[Path]] = []

    async def run(self) -> None:
        """Listen until it is stopped."""
        async for changed in changes(self.folder, self.stop):
            self.told.append(changed)

    async def tells(self, *names: str) -> None:
        """Return once all of these have been told since the last call."""
        wanted = {self.folder / name for name in names}
        await until(lambda: wanted <= {path for few in self.told for path in few})
        self.told.clear()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 -- what is waited for is that it rings
            await asyncio.sleep(0.005)


@asynccontextmanager
async def watch(folder: Path) -> AsyncIterator[Watch]:
    found = Watch(folder)
    running = asyncio.create_task(found.run())
    # The watch itself is not to be seen from outside: write until it tells.
    mark = folder / "begin.toml"
    async with asyncio.timeout(10):
        while not found.told:
            mark.write_text(mark.read_text() + "#" if mark.exists() else "")
            await asyncio.sleep(0.02)
    found.told.clear()
    mark.unlink()
    await found.tells("begin.toml")
    yield found
    found.stop.set()
    await running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make what is only noticed by looking be noticed soon."""
    monkeypatch.setattr(watching, "_LOOK_EVERY_MS", 100)
    monkeypatch.setattr(watching, "_TRY_EVERY_S", 0.02)


async def test_new_written_renamed_and_deleted_files_are_told(tmp_path: Path) -> None:
    async with watch(tmp_path) as found:
        (tmp_path / "a.toml").write_text("one")
        await found.tells("a.toml")
        (tmp_path / "a.toml").write_text("two!")
        await found.tells("a.toml")
        (tmp_path / "a.toml").rename(tmp_path / "b.toml")
        await found.tells("a.toml", "b.toml")
        (tmp_path / "b.toml").unlink()
        await found.tells("b.toml")


async def test_a_save_that_puts_a_new_file_in_place_is_told(tmp_path: Path) -> None:
    target = tmp_path / "a.toml"
    async with watch(tmp_path) as found:
        target.write_text("one")
        await found.tells("a.toml")
        for text in ("two", "six"):
            (tmp_path / ".a.toml.swp").write_text(text)
            (tmp_path / ".a.toml.swp").replace(target)
            await found.tells("a.toml")


async def test_what_runs_leave_behind_wakes_nobody(tmp_path: Path) -> None:
    state = tmp_path / ".leo"
    state.mkdir()
    (tmp_path / "ledger").touch()
    async with watch(tmp_path) as found:
        (state / "leo.db").write_text("stored")
        (tmp_path / ".hidden").write_text("x")
        (tmp_path / "ledger").write_text("more")
        (tmp_path / "last.toml").write_text("x")
        await until(lambda: found.told)
        assert found.told[0] == {tmp_path / "last.toml"}


@pytest.mark.usefixtures("quick")
async def test_a_folder_that_is_deleted_and_made_anew_is_watched_again(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "dags"
    folder.mkdir()
    async with watch(folder) as found:
        folder.rmdir()
        await found.tells("")
        folder.mkdir()
        await found.tells("")
        (folder / "a.toml").write_text("x")
        await found.tells("a.toml")


@pytest.mark.usefixtures("quick")
async def test_a_folder_that_was_replaced_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "dags"
    folder.mkdir()
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.toml").touch()
    async with watch(folder) as found:
        folder.rename(tmp_path / "old")
        other.rename(folder)
        await found.tells("", "b.toml")


@pytest.mark.usefixtures("quick")
async def test_without_notification_changes_are_seen_by_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_: object, **__: object) -> AsyncIterator[None]:
        for _ in ():
            yield
        raise OSError("no space left: inotify watches")

    monkeypatch.setattr("watchfiles.awatch", none)
    async with watch(tmp_path) as found:
        (tmp_path / "a.toml").write_text("one")
        await found.tells("a.toml")


@pytest.mark.parametrize(("is_notifying", "looks"), [(True, 1), (False, 3)])
async def test_a_quiet_folder_is_looked_at_only_where_nothing_is_notified_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_notifying: bool, looks: int
) -> None:
    waits = asyncio.Event()

    async def quiet(*_: object, **__: object) -> AsyncIterator[set[object]]:
        yield set()
        yield set()
        waits.set()
        await asyncio.Event().wait()

    looked: list[Path] = []
    look = watching._look

    def counted(folder: Path) -> "watching._Look":
        looked.append(folder)
        return look(folder)

    monkeypatch.setattr("watchfiles.awatch", quiet)
    monkeypatch.setattr(watching, "_look", counted)
    monkeypatch.setattr(watching, "_is_notifying", lambda _: is_notifying)
    running = asyncio.create_task(Watch(tmp_path).run())
    await waits.wait()
    running.cancel()
    await asyncio.wait([running])
    assert len(looked) == looks


@pytest.mark.parametrize(
    ("mount", "is_notifying"),
    [
        ("36 35 {} / / rw,noatime master:1 - ext4 /dev/sda1 rw\n", True),
        ("36 35 {} / / rw,noatime - nfs4 server:/x rw\n", False),
        ("36 35 98:7 / / rw,noatime - ext4 /dev/sda1 rw\n", False),
        ("", False),
    ],
)
def test_which_file_systems_notify_of_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mount: str, *, is_notifying: bool
) -> None:
    device = tmp_path.stat().st_dev
    mounts = tmp_path / "mounts"
    mounts.write_text(mount.format(f"{os.major(device)}:{os.minor(device)}"))
    monkeypatch.setattr(watching, "_MOUNTS", mounts)
    assert watching._is_notifying(tmp_path) is is_notifying
    assert not watching._is_notifying(tmp_path / "gone")


async def test_who_stops_looking_stops_no_other_watch(tmp_path: Path) -> None:
    found = Watch(tmp_path)
    running = asyncio.create_task(found.run())
    async with asyncio.timeout(10):
        while not found.told:
            (tmp_path / "a.toml").write_text(f"{asyncio.get_running_loop().time()}")
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.wait([running])
    assert not found.stop.is_set()


async def test_the_engine_watches_its_folder(tmp_path: Path) -> None:
    stop = asyncio.Event()
    with Engine(settings(str(tmp_path))) as engine:
        stop.set()
        assert [few async for few in engine.watch_folder(stop)] == []

"""A Docker daemon for tests alone, with all it needs; a test may kill it.

It lives in a network namespace of its own, for two daemons of one namespace take each
other's bridge away. Its only image is made of a static busybox; no registry
is ever asked.
"""

import contextlib
import io
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import APIClient
from docker.errors import DockerException

IMAGE = "leo-test/busybox:1"
_BUSYBOX = Path("/bin/busybox")
_PATIENCE_S = 30


class Daemon:
    """A private daemon, which a test may kill and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.socket = folder / "docker.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start it, and return once it answers."""
        folder = self._folder
        (folder / "pid").unlink(missing_ok=True)
        alone = ("unshare", "-n", "--", "sh", "-c", 'ip link set lo up; exec "$@"', "-")
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(*alone, "dockerd", "-H", self.url, "--pidfile", folder / "pid"),
                    *("--data-root", folder / "data", "--exec-root", folder / "exec"),
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.perf_counter() + _PATIENCE_S
        while not self._answers():
            if self._process.poll() is not None or time.perf_counter() > deadline:
                raise DaemonFailedError(self.last_words())
            time.sleep(0.05)  # A socket that appears rings no bell.

    @property
    def pid(self) -> int:
        """Its process, and so its network."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill it; its containers go on."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        # Dead, but not yet reaped, its containerd would be waited for by the next one.
        pid = self._folder / "exec" / "containerd" / "containerd.pid"
        with contextlib.suppress(OSError):
            os.kill(int(pid.read_text()), signal.SIGKILL)
        pid.unlink(missing_ok=True)

    def last_words(self) -> str:
        """Return the end of what it has logged."""
        return (self._folder / "log").read_text(errors="replace")[-2000:]

    def end(self) -> None:
        """Remove every container, and stop it with all that it has started."""
        if self._process is None:
            return
        if self._process.poll() is None:
            with contextlib.suppress(DockerException), self.client() as client:
                for one in client.containers(all=True):
                    client.remove_container(one["Id"], force=True, v=True)
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(15)
        self._process.kill()
        self._process.wait()
        self._clear()

    def _clear(self) -> None:
        """Remove what a daemon that was killed has left: processes, mounts, files."""
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = process.joinpath("cmdline").read_bytes()
                if os.fsencode(self._folder) not in command:
                    continue
                children = process / "task" / process.name / "children"
                for pid in (*children.read_text().split(), process.name):
                    os.kill(int(pid), signal.SIGKILL)
        umount = shutil.which("umount") or "umount"
        lines = Path("/proc/mounts").read_text().splitlines()
        mounts = [line.split()[1] for line in lines]
        for mount in reversed(mounts):
            if mount.startswith(f"{self._folder}/"):
                subprocess.run([umount, "-l", mount], check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def client(self) -> APIClient:
        """Return a client of it."""
        return APIClient(base_url=self.url, version="auto", timeout=30)

    def _answers(self) -> bool:
        try:
            # The library would leave open what it could not connect.
            with socket.socket(socket.AF_UNIX) as door:
                door.connect(str(self.socket))
            with self.client() as client:
                return bool(client.ping())
        except (DockerException, OSError):
            return False


class DaemonFailedError(Exception):
    """A daemon cannot be started here; says its last words."""


def private_daemon() -> Iterator[Daemon]:
    """Yield a private daemon with the image; skip, or in CI fail, where none can be."""
    # Not below pytest's own folder: the path of a socket is short.
    folder = Path(tempfile.mkdtemp(prefix="leo-docker-"))
    daemon = Daemon(folder)
    try:
        lacking = missing()
        if lacking:
            _give_up(f"{lacking} is not installed, or cannot be used")
        try:
            daemon.start()
        except DaemonFailedError as error:
            _give_up(f"dockerd cannot be started: {error}")
        import_image(daemon)
        yield daemon
    finally:
        daemon.end()
        shutil.rmtree(folder, ignore_errors=True)


def missing() -> str:
    """Return what a private daemon needs and is not here; "" when all is."""
    if os.geteuid() != 0:
        return "root"
    needed = ("dockerd", "containerd", "docker-init", "unshare", "ip")
    lacking = [name for name in needed if shutil.which(name) is None]
    if not _BUSYBOX.exists():
        lacking.append(str(_BUSYBOX))
    return ", ".join(lacking)


def _give_up(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"no Docker to test with: {reason}")
    pytest.skip(reason)


def import_image(daemon: Daemon) -> None:
    """Make the image of a busybox and links to it."""
    with daemon.client() as client:
        client.import_image_from_data(
            root_file_system(), repository="leo-test/busybox", tag="1"
        )


def root_file_system() -> bytes:
    """Return a tar of a root file system with a busybox."""
    applets = subprocess.run(
        [_BUSYBOX, "--list"], capture_output=True, text=True, check=True
    ).stdout.split()
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, mode in (("bin", 0o755), ("root", 0o700), ("tmp", 0o1777)):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, mode
            archive.addfile(folder)
        archive.add(_BUSYBOX, "bin/busybox")
        for applet in applets:
            if applet == "busybox":
                continue
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
        users = b"root:x:0:0:root:/root:/bin/sh\nother:x:1234:1234::/tmp:/bin/sh\n"
        passwd = tarfile.TarInfo("etc/passwd")
        passwd.size, passwd.mode = len(users), 0o644
        archive.addfile(passwd, io.BytesIO(users))
    return content.getvalue()

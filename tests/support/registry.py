"""A registry of one image, in the network of a test's daemon; with a password or not.

It serves what a pull needs and no more: a manifest, a configuration, one layer.
Source: OCI Distribution Specification 1.0, "Pull".
"""

import base64
import gzip
import hashlib
import json
import os
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

PORT = 5123
IMAGE = f"127.0.0.1:{PORT}/leo/box:1"
USER, PASSWORD = "robot", "s3cret-word"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class Registry:
    """A registry as a process."""

    def __init__(self, daemon_pid: int, layer: Path, *options: str) -> None:
        """Serve a layer, a tar file, to the daemon with that pid."""
        self._process = subprocess.Popen(
            [
                *("nsenter", "-t", str(daemon_pid), "-n", sys.executable, __file__),
                *(str(layer), *options),
            ],
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def docker_config(folder: Path) -> Path:
    """Write a user's docker configuration with the password; return its folder."""
    secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    known = {"auths": {f"127.0.0.1:{PORT}": {"auth": secret}}}
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(known))
    return folder


def main(layer_path: str, *options: str) -> None:
    """Serve for ever; `auth` asks for the password, a number is a pause in seconds."""
    Answer.image = served_image(Path(layer_path).read_bytes())
    Answer.is_closed = "auth" in options
    Answer.pause_s = max([float(one) for one in options if one != "auth"], default=0)
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Answer)
    os.write(1, b"up\n")
    server.serve_forever()


class Served(NamedTuple):
    """What there is to pull."""

    manifest: bytes
    blobs: dict[str, bytes]
    """By digest."""


def served_image(layer: bytes) -> Served:
    """Return an image of one layer."""
    packed = gzip.compress(layer, 1)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Env": ["PATH=/bin"], "Cmd": ["sh"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    ).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _described(_CONFIG, config),
        "layers": [_described(_LAYER, packed)],
    }
    blobs = {_digest(one): one for one in (config, packed)}
    return Served(json.dumps(manifest).encode(), blobs)


class Answer(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    image: Served
    is_closed: bool
    """To all who do not know the password."""
    pause_s: float
    """Before each blob."""

    def do_HEAD(self) -> None:
        """Answer without what was asked for."""
        self._tell(body=False)

    def do_GET(self) -> None:
        """Answer."""
        self._tell(body=True)

    def _tell(self, *, body: bool) -> None:
        if self.is_closed and not self._is_allowed():
            self._send(401, b"{}", "application/json", body=body)
        elif self.path == "/v2/":
            self._send(200, b"{}", "application/json", body=body)
        elif "/manifests/" in self.path:
            self._send(200, self.image.manifest, _MANIFEST, body=body)
        else:
            blob = self.image.blobs.get(self.path.rpartition("/")[2], b"")
            time.sleep(self.pause_s)
            self._send(200 if blob else 404, blob, _LAYER, body=body)

    def _is_allowed(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        return base64.b64decode(given) == f"{USER}:{PASSWORD}".encode()

    def _send(self, status: int, content: bytes, kind: str, *, body: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Docker-Content-Digest", _digest(content))
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="leo"')
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _described(kind: str, content: bytes) -> dict[str, str | int]:
    return {"mediaType": kind, "size": len(content), "digest": _digest(content)}


if __name__ == "__main__":
    main(*sys.argv[1:])

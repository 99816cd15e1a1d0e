"""Following one container to its end, in a thread of its own.

What has to be known of it is in its labels, so that it makes no difference which engine
made it. A daemon that goes away is waited for: until it is back, nobody knows whether
the container still runs.
"""

import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from leo_engine.executors.docker_client import DaemonSilentError, DockerClient, Stream
from leo_engine.executors.docker_ending import outcome_of
from leo_engine.executors.docker_log import LogCopy, LogRefusedError
from leo_engine.executors.docker_seen import Seen, inspect, places_of
from leo_engine.state.outcome import Lost, Outcome

if TYPE_CHECKING:
    from docker import APIClient

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_REFUSED_PAUSE_S = 1.0
_MOST_REFUSALS = 60
"""After so many, an attempt has to do without its output."""
_PATIENCE_S = 600.0
"""How long a daemon may be away before its containers count as lost."""


class Watch:
    """One container that is followed; `run` is for a thread."""

    def __init__(self, client: DockerClient, container: str) -> None:
        self._client = client
        self._container = container
        self._closing = threading.Event()
        self._stream: Stream | None = None
        self._copy: LogCopy | None = None
        self._refusals = 0
        self._was_silent = False
        self._silent_s = 0.0
        self._pause_s = _FIRST_PAUSE_S

    def close(self) -> None:
        """Have `run` end soon; the container goes on."""
        self._closing.set()
        stream = self._stream
        if stream is not None:
            stream.close()

    def run(self) -> Outcome | None:
        """Copy its output until it ends, and return how; None when `close` came first.

        A container that is not there is lost.
        """
        try:
            return self._run()
        finally:
            if self._copy is not None:
                self._copy.close()

    def _run(self) -> Outcome | None:
        from docker.errors import APIError, NotFound  # noqa: PLC0415

        while not self._closing.is_set():
            try:
                ended = self._client.ask(self._follow)
            except NotFound:
                return Lost(reason="its container is gone")
            except (DaemonSilentError, APIError) as error:
                # One that is about to end refuses what it is asked.
                if self._closing.is_set():
                    return None
                if not self._is_worth_waiting():
                    return Lost(reason=str(error))
                continue
            except LogRefusedError:
                # A disk may be full for a while; the daemon keeps the output.
                self._refusals += 1
                self._closing.wait(_REFUSED_PAUSE_S)
                continue
            if ended is not None:
                return ended
            # It goes on, though its output has ended: it is asked for again.
            self._closing.wait(_FIRST_PAUSE_S)
        return None

    def _is_worth_waiting(self) -> bool:
        """Wait a little for the daemon; False once it has been away for too long."""
        self._was_silent = True
        if self._silent_s >= _PATIENCE_S:
            return False
        self._closing.wait(self._pause_s)
        self._silent_s += self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        return True

    def _follow(self, client: "APIClient") -> Outcome | None:
        """Copy output as long as it comes; return how it ended, None if it has not."""
        seen = inspect(client, self._container)
        self._silent_s, self._pause_s = 0.0, _FIRST_PAUSE_S
        if not seen.was_started:
            return Lost(reason="its container was never started")
        if seen.is_running:
            self._take_output(client, seen)
            seen = inspect(client, self._container)
        if seen.is_running or self._closing.is_set():
            return None
        # An answer that follows may end before the last words: what is stored has them.
        self._take_output(client, seen)
        return outcome_of(seen.state, seen.memory_bytes, was_silent=self._was_silent)

    def _take_output(self, client: "APIClient", seen: Seen) -> None:
        places = places_of(seen.labels)
        if not places.log_path or self._refusals > _MOST_REFUSALS:
            self._closing.wait(_REFUSED_PAUSE_S if seen.is_running else 0)
            return
        if self._copy is None:
            self._copy = LogCopy(places)
        params = {"stdout": 1, "stderr": 1, "timestamps": 1, "since": self._copy.since}
        params["follow"] = int(seen.is_running)
        path = f"/containers/{self._container}/logs"
        self._stream = stream = self._opened(client, path, params)
        self._copy.begin()
        if self._closing.is_set():
            stream.close()
        try:
            self._copy.take(stream)
        except LogRefusedError:
            raise
        except Exception:
            # What a cut stream raises depends on where it was cut.
            if not self._closing.is_set():
                raise
        finally:
            self._stream = None
            with contextlib.suppress(Exception):
                stream.release()

    def _opened(
        self, client: "APIClient", path: str, params: Mapping[str, str | int]
    ) -> Stream:
        from docker.errors import APIError, NotFound  # noqa: PLC0415

        try:
            return self._client.opened(client, path, params)
        except NotFound:
            raise
        except APIError as error:
            raise LogRefusedError(str(error)) from error

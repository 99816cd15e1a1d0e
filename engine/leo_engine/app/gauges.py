"""The part of the facade that measures what attempts and the machine use."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from leo_engine.app.premises import Premises
from leo_engine.config import Settings
from leo_engine.ports import HostSample, ResourceSample

if TYPE_CHECKING:
    from leo_engine.executors.host_sampling import HostSampler


class Gauges(Premises):
    """Measures. Each takes milliseconds: for a thread, about once a second."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._host: HostSampler | None = None

    def sample(self, handles: Iterable[str]) -> Mapping[str, ResourceSample]:
        """Return {handle of an attempt: what it uses}; without those that are over.

        Handles of what is not a process of this machine are left out.
        """
        from leo_engine.executors.sampling import sample  # noqa: PLC0415 -- only for meters

        return sample(handles)

    def host_sample(self) -> HostSample:
        """Return what the whole machine did since the last call."""
        if self._host is None:
            from leo_engine.executors.host_sampling import HostSampler  # noqa: PLC0415 -- only for meters

            self._host = HostSampler(self._clock)
        return self._host.sample()

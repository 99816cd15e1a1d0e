"""Attempts as HTTP requests of the engine itself.

A request ends with its engine: what was under way then is lost, what had ended is told
by its record (`http_record`).
"""

import asyncio
import contextlib
import os
import random
from collections.abc import Callable
from pathlib import Path

import httpx

from leo_engine.errors import HeldUpError, LaunchError
from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.http_answer import Answer, Trouble
from leo_engine.executors.http_clients import (
    CertificatesError,
    HttpClients,
    MakeClient,
    make_client,
)
from leo_engine.executors.http_exchange import Errand, Exchange, Sleep, Surroundings
from leo_engine.executors.http_hosts import HostRules
from leo_engine.executors.http_log import HttpLog
from leo_engine.executors.http_message import address_of, credentials_of, fault_of
from leo_engine.executors.http_options import HttpOptions, options_of
from leo_engine.executors.http_output import NotHandedOnError, hand_on
from leo_engine.executors.http_poll import polled
from leo_engine.executors.http_record import HttpEnding, HttpRecords
from leo_engine.executors.masking import Mask, forms_of
from leo_engine.ports import AttemptRequest, Clock
from leo_engine.spec.model import ExecutorName, HttpCall
from leo_engine.state.outcome import Failed, Lost, Outcome, Succeeded

_CUT_OFF = "its engine ended while the request was under way"
_STOPPED = Failed(reason="the request was stopped")


async def _sleep(delay_ms: int) -> None:
    await asyncio.sleep(delay_ms / 1000)


class _Live:
    """A request under way."""

    def __init__(self, task: asyncio.Task[Outcome]) -> None:
        self.task = task
        self.ended: asyncio.Future[Outcome] = task.get_loop().create_future()
        """Done once it is recorded, too."""


class HttpRequests:
    """The executor of `http` tasks."""

    name = ExecutorName.HTTP

    def __init__(
        self,
        *,
        runs_folder: Path,
        clock: Clock,
        rules: Callable[[], HostRules] = HostRules,
        make: MakeClient = make_client,
        sleep: Sleep = _sleep,
        chance: random.Random | None = None,
    ) -> None:
        """Keep records in `runs_folder`; ask the hosts that `rules` allow by then."""
        self._records = HttpRecords(runs_folder)
        self._clients = HttpClients(make)
        self._clock = clock
        self._around = Surroundings(
            clock=clock,
            sleep=sleep,
            chance=chance or random.Random(),  # noqa: S311 -- jitter, not secrets
            rules=rules,
        )
        self._live: dict[str, _Live] = {}
        self._is_closing = False

    async def preflight(self) -> None:
        """Be ready: httpx is there, or this could not have been imported."""

    def readiness(self, _: AttemptRequest) -> None:
        """Need nothing: a request is sent at once."""

    async def start(self, request: AttemptRequest) -> str:
        """Begin the request and return its handle.

        Raises:
            LaunchError: nothing was sent, nor will be.
        """
        if not isinstance(request.action, HttpCall):
            kind = type(request.action).__name__
            raise LaunchError(f"{kind} is not an HTTP request")
        options = options_of(request.action)
        self._refuse(options)
        if self._is_held_up(request):
            raise HeldUpError("its engine was held up, and may have lost the run")
        handle = self._records.handle(
            AttemptKey(request.run_id, request.task, request.attempt)
        )
        token = credentials_of(options).partition(" ")[2]
        forms = forms_of((*request.masks, token))
        log = self._begin(handle, request, forms, self._if_cut_off(options))
        task = asyncio.get_running_loop().create_task(
            self._outcome(request, options, log, forms)
        )
        self._live[handle] = live = _Live(task)
        task.add_done_callback(lambda _: self._end(handle, live, log, Mask(forms)))
        return handle

    def _refuse(self, options: HttpOptions) -> None:
        try:
            url = address_of(options)
        except httpx.InvalidURL as error:
            raise LaunchError(f"not an address: {error}") from error
        if refusal := fault_of(url) or self._around.rules().refusal(url.host):
            raise LaunchError(refusal)

    def _if_cut_off(self, options: HttpOptions) -> HttpEnding | None:
        """Return how it is to end if this engine does; None: it is sent again."""
        if options.may_repeat:
            return None
        reason = f"{_CUT_OFF}: the {options.method.upper()} may have arrived"
        return HttpEnding(Failed(reason=reason), self._clock.now_ms())

    def _begin(
        self,
        handle: str,
        request: AttemptRequest,
        forms: tuple[bytes, ...],
        if_cut_off: HttpEnding | None,
    ) -> HttpLog:
        try:
            self._records.begin(handle, if_cut_off)
            return HttpLog(
                request.log_path, request.stdout_path, forms, request.log_max_bytes
            )
        except FileExistsError as error:
            raise LaunchError("this attempt was begun before") from error
        except OSError as error:
            message = f"cannot write the log {request.log_path!r}: {error.strerror}"
            raise LaunchError(message) from error

    def _is_held_up(self, request: AttemptRequest) -> bool:
        return 0 < request.start_by_ms < self._clock.monotonic_ms()

    async def _outcome(
        self,
        request: AttemptRequest,
        options: HttpOptions,
        log: HttpLog,
        forms: tuple[bytes, ...],
    ) -> Outcome:
        try:
            async with self._clients.use(_verify(options, request)) as client:
                if self._is_held_up(request):
                    return Lost(reason="its engine was held up before it was sent")
                errand = Errand(
                    options=options,
                    client=client,
                    log=log,
                    forms=forms,
                    working_dir=request.working_dir,
                    until_ms=self._until_ms(options),
                )
                reason = _reason(await self._came(errand), request, log)
        except CertificatesError as error:
            return Failed(reason=str(error))
        except OSError as error:
            return Failed(reason=f"cannot write what came: {error.strerror or error}")
        return Failed(reason=reason) if reason else Succeeded()

    async def _came(self, errand: Errand) -> Answer | Trouble:
        poll = errand.options.poll
        if poll is None:
            return await Exchange(errand, self._around).answer()
        came = await polled(errand, poll, self._around)
        if isinstance(came, Answer) and errand.log.has_stdout:
            body = errand.log.body(is_result=True)
            body.write(came.kept)
            body.end()
        return came

    def _until_ms(self, options: HttpOptions) -> int | None:
        limits = [options.deadline_ms, options.poll and options.poll.deadline_ms]
        found = [limit for limit in limits if limit]
        return self._clock.monotonic_ms() + min(found) if found else None

    def _end(self, handle: str, live: _Live, log: HttpLog, mask: Mask) -> None:
        """Record how a request ended, then tell; one cut off by our end has none."""
        task = live.task
        log.close()
        if task.cancelled() and self._is_closing:
            live.ended.cancel()
        elif not task.cancelled() and (error := task.exception()):
            live.ended.set_exception(error)
        else:
            outcome = _STOPPED if task.cancelled() else task.result()
            if isinstance(outcome, Failed):
                outcome = Failed(reason=mask.whole(outcome.reason))
            ending = HttpEnding(outcome, self._clock.now_ms())
            with contextlib.suppress(OSError):
                self._records.end(handle, ending)
            live.ended.set_result(outcome)
        del self._live[handle]

    async def wait(self, handle: str) -> Outcome:
        """Return how a request ended."""
        live = self._live.get(handle)
        if live is not None:
            return await asyncio.shield(live.ended)
        ending = self._records.ending(handle)
        if ending is None:
            return Lost(reason=_CUT_OFF)
        return ending.outcome

    async def stop(self, handle: str, grace_ms: int) -> None:
        """Break a request off; there is nothing that a grace could be used for."""
        del grace_ms
        live = self._live.get(handle)
        if live is not None:
            live.task.cancel()
            await asyncio.wait([live.ended])

    async def attach(self, handle: str) -> bool:
        """Return whether it is under way here."""
        return handle in self._live

    async def find(self, run_id: str, task: str, attempt: int) -> str | None:
        """Return the handle of an attempt that was begun; None: it never was."""
        handle = self._records.handle(AttemptKey(run_id, task, attempt))
        return handle if self._records.has(handle) else None

    async def ended_ms(self, handle: str) -> int | None:
        """Return when an attempt ended, by the wall clock; None: not recorded."""
        ending = self._records.ending(handle)
        return None if ending is None else ending.at_ms

    def forget(self, _: str) -> None:
        """Leave the record: it goes with the run."""

    async def aclose(self) -> None:
        """Break off what is under way, without a record, and close the connections."""
        self._is_closing = True
        live = list(self._live.values())
        for one in live:
            one.task.cancel()
        await asyncio.gather(*(one.task for one in live), return_exceptions=True)
        await self._clients.aclose()


def _reason(came: Answer | Trouble, request: AttemptRequest, log: HttpLog) -> str:
    """Return why an attempt has failed; "" when it has not, its output handed on."""
    reason = ""
    if isinstance(came, Trouble):
        reason = came.reason
    else:
        try:
            hand_on(came, request, log)
        except NotHandedOnError as error:
            reason = str(error)
    if reason:
        log.note(reason)
    return reason


def _verify(options: HttpOptions, request: AttemptRequest) -> bool | str:
    if isinstance(options.verify, str):
        return os.path.join(request.working_dir, options.verify)  # noqa: PTH118 -- text in, text out
    return options.verify

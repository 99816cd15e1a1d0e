"""What the exceptions of httpx mean, in the words of a task's log."""

import errno
import socket
import ssl

import httpx

from leo_engine.executors.error_causes import causes
from leo_engine.executors.http_answer import Trouble

FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    ssl.SSLError,
    UnicodeError,
)
"""All that sending a request and reading its answer may raise."""
_UNUSABLE = (
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)
"""No second try would change these."""
_DROPPED = (
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
)
_RESET = (errno.ECONNRESET, errno.EPIPE)


def place_of(url: httpx.URL) -> str:
    """Return `host:port` of an address."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = url.port or (443 if url.scheme == "https" else 80)
    return f"{host}:{port}"


def trouble_of(error: Exception, url: httpx.URL) -> Trouble:
    """Return what went wrong with a request to `url`."""
    if isinstance(error, httpx.ConnectError):
        return _unconnected(error, url)
    if isinstance(error, _UNUSABLE):
        return Trouble(reason=f"cannot be sent: {_words(error)}")
    if isinstance(error, httpx.DecodingError):
        return Trouble(reason=f"the body cannot be decoded: {_words(error)}")
    if isinstance(error, _DROPPED):
        return Trouble(reason=_dropped(error, url), is_transient=True)
    return Trouble(reason=_words(error), is_transient=True)


def _unconnected(error: Exception, url: httpx.URL) -> Trouble:
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message
            return Trouble(reason=f"certificate of {url.host!r} is not valid: {why}")
        if isinstance(cause, ssl.SSLError):
            why = f"no TLS with {place_of(url)}: {cause.reason or cause}"
            return Trouble(reason=why, is_transient=True, is_unsent=True)
        if isinstance(cause, socket.gaierror):
            why = f"cannot resolve host {url.host!r}"
            return Trouble(reason=why, is_transient=True, is_unsent=True)
    for cause in causes(error):
        if isinstance(cause, OSError) and cause.errno:
            why = _connecting(cause.errno, url)
            return Trouble(reason=why, is_transient=True, is_unsent=True)
    why = f"cannot connect to {place_of(url)}: {_words(error)}"
    return Trouble(reason=why, is_transient=True, is_unsent=True)


def _connecting(number: int, url: httpx.URL) -> str:
    import os  # noqa: PLC0415 -- one word of it, for an error

    if number == errno.ECONNREFUSED:
        return f"connection refused by {place_of(url)}"
    return f"cannot connect to {place_of(url)}: {os.strerror(number)}"


def _dropped(error: Exception, url: httpx.URL) -> str:
    if any(isinstance(one, OSError) and one.errno in _RESET for one in causes(error)):
        return f"connection reset by {place_of(url)}"
    return f"{place_of(url)} broke the connection off: {_words(error)}"


def _words(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]

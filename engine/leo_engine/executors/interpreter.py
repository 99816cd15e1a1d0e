"""The Python that a python task is run by."""

import os
import sys

from leo_engine.spec.model import PythonCall


def interpreter_of(call: PythonCall) -> str:
    """Return the path of the Python that a call is made by; its venv is absolute."""
    return f"{call.venv}/bin/python" if call.venv else sys.executable


def why_no_interpreter(call: PythonCall) -> str:
    """Say what to do about an interpreter that is not there; "" when it is."""
    program, venv = interpreter_of(call), call.venv
    if os.path.exists(program):  # noqa: PTH110 -- text in, text out
        return ""
    if not venv:
        return f"the interpreter {program!r} is gone: install leo-tui anew"
    import shlex  # noqa: PLC0415 -- only when something is wrong

    make = "python3 -m venv"
    if not os.path.isdir(venv):  # noqa: PTH112 -- as above
        return f"no venv {venv!r}: make it with `{make} {shlex.quote(venv)}`"
    return (
        f"the venv {venv!r} has no interpreter that works, {program!r}: make it anew "
        f"with `{make} --clear {shlex.quote(venv)}`"
    )

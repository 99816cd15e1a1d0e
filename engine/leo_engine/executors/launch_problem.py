"""Why an attempt could not be started, in words for people."""

import errno
import os
from pathlib import Path

from leo_engine.errors import HeldUpError, LaunchError
from leo_engine.executors.interpreter import interpreter_of, why_no_interpreter
from leo_engine.ports import AttemptRequest
from leo_engine.spec.model import Argv, PythonCall

_MACHINE_IS_SHORT = {
    errno.EAGAIN: "of processes (see `ulimit -u`, or the limits of the container)",
    errno.EMFILE: "of open files (see `ulimit -n`)",
    errno.ENFILE: "of open files",
    errno.ENOMEM: "of memory",
}


def launch_problem(request: AttemptRequest, stage: str, number: int) -> LaunchError:
    """Return the error for what stood in the way.

    `stage` is record, folder, log or program.
    """
    if number in _MACHINE_IS_SHORT:
        return LaunchError(f"the machine is short {_MACHINE_IS_SHORT[number]}")
    if number == errno.ETIME:
        return HeldUpError("its engine was held up, and may have lost the run")
    match stage:
        case "folder":
            return LaunchError(_folder_problem(request.working_dir, number))
        case "record":
            return LaunchError(f"cannot record what is started: {os.strerror(number)}")
        case "log":
            place = request.log_path
            return LaunchError(f"cannot write the log {place!r}: {os.strerror(number)}")
        case _:
            return LaunchError(_program_problem(request, number))


def _folder_problem(folder: str, number: int) -> str:
    match number:
        case errno.ENOENT:
            return f"no such folder: {folder!r}"
        case errno.ENOTDIR:
            return f"not a folder: {folder!r}"
        case errno.EACCES:
            return f"no permission to enter the folder {folder!r}"
        case _:
            return f"cannot enter the folder {folder!r}: {os.strerror(number)}"


def _program_problem(request: AttemptRequest, number: int) -> str:
    program = _program(request)
    match number:
        case errno.ENOENT:
            return _no_such_program(program, request)
        case errno.EACCES:
            return f"not executable, or no permission: {program!r}"
        case errno.ENOEXEC:
            return f"{program!r} is no program, and has no #! line to say what runs it"
        case errno.E2BIG:
            return "argument list too long: arguments and variables are over the limit"
        case errno.EINVAL:
            return "an argument or a variable holds a NUL, or a variable's name an '='"
        case _:
            return f"cannot execute {program!r}: {os.strerror(number)}"


def _program(request: AttemptRequest) -> str:
    if isinstance(request.action, Argv):
        return request.action.arguments[0] if request.action.arguments else ""
    if isinstance(request.action, PythonCall):
        return interpreter_of(request.action)
    return "/bin/sh"


def _no_such_program(program: str, request: AttemptRequest) -> str:
    if not program:
        return "no program is named"
    if isinstance(request.action, PythonCall):
        return why_no_interpreter(request.action) or f"cannot execute {program!r}"
    if "/" in program and (Path(request.working_dir) / program).exists():
        return f"the interpreter that {program!r} names in its #! line does not exist"
    import difflib  # noqa: PLC0415 - only when something is wrong

    search_path = request.env.get("PATH", os.environ.get("PATH", os.defpath))
    known: set[str] = set()
    for folder in search_path.split(os.pathsep):
        if Path(folder).is_dir():
            known.update(entry.name for entry in Path(folder).iterdir())
    nearest = difflib.get_close_matches(program, known, n=1)
    hint = f" (did you mean {nearest[0]!r}?)" if nearest else ""
    return f"no such program: {program!r}{hint}"

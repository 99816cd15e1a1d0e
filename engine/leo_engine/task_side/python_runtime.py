"""Calls one function for one attempt, in the interpreter of its task.

Executed by path: `python -u python_runtime.py TARGET CALL`. TARGET is `module:callable`
or `file.py:callable`; CALL a JSON file that says what it is called with. What comes
back goes to `$LEO_OUTPUT`, what goes wrong to stderr. The standard library of Python
3.8 has to be enough.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import math
import os
import re
import sys
import traceback
from collections import OrderedDict
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from types import ModuleType
    from typing import Protocol

    class Function(Protocol):
        """Whatever a target names."""

        def __call__(self, *given: object, **named: object) -> object:
            """Return what is handed on."""


_DEEPEST = 200
_MOST_NAMED = 20
_HERE = os.path.dirname(os.path.abspath(__file__))
_CONVERSIONS = {
    "Decimal": "str(...)",
    "bytes": ".decode()",
    "date": ".isoformat()",
    "datetime": ".isoformat()",
    "frozenset": "sorted(...)",
    "generator": "list(...)",
    "ndarray": ".tolist()",
    "set": "sorted(...)",
    "UUID": "str(...)",
}
"""{type: what makes JSON of it}."""


class RefusedError(Exception):
    """The call cannot be made, or what it returned not be handed on; says why."""


class Call:
    """What one attempt calls its function with."""

    def __init__(self, path: str) -> None:
        call = _read_object(path)
        self.arguments = _object(call.get("arguments"))
        """Those of `with`."""
        self.folder = str(call.get("folder", ""))
        """Of the DAG file."""
        self.sources = str(call.get("sources", ""))
        """Its Python files as they were when the run began; "" when it has none."""
        inputs = _read_object(os.environ.get("LEO_INPUTS", ""))
        self.params = _object(inputs.get("params"))
        self.outputs = _object(inputs.get("outputs"))
        self.inputs = {
            "params": self.params,
            "outputs": self.outputs,
            "registered": _object(inputs.get("registered")),
        }
        self.upstream = dict(self.outputs)
        """{task upstream: what it handed on}; empty where it handed on nothing."""
        for name in _names(call.get("upstream")):
            self.upstream[name] = self.outputs.get(name, {})
        for name in _names(call.get("fan_ins")):
            self.upstream[name] = self.outputs.get(name, [])

    def handed(self) -> dict[str, object]:
        """Return what parameters get by their names alone."""
        given: dict[str, object] = {
            "inputs": self.inputs,
            "outputs": self.outputs,
            "params": self.params,
        }
        given.update(
            (re.sub(r"\W", "_", name), value) for name, value in self.upstream.items()
        )
        return given


def main(arguments: list[str]) -> int:
    """Make the call and return the exit code."""
    target, path = arguments
    call = Call(path)
    try:
        _look_first_in(call.sources)
        function = find(target, call)
        hand_on(_called(function, target, call))
    except RefusedError as refused:
        _tell(f"leo-tui: {target}: {refused}\n")
        return 1
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is the task's
        _tell(traceback_of(error, call))
        return 1
    return 0


def _read_object(path: str) -> dict[str, object]:
    if not path:
        return {}
    with open(path, encoding="utf-8") as file:
        return _object(json.load(file))


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _look_first_in(sources: str) -> None:
    """Make the task's own files what is imported first, and ours what is last."""
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != _HERE]
    if sources:
        sys.path.insert(0, sources)
    sys.path.append(os.path.join(_HERE, "modules"))


def find(target: str, call: Call) -> Function:
    """Return what a target names.

    Raises:
        RefusedError: there is no such thing.
    """
    place, _, name = target.partition(":")
    found: object = _module(place, call)
    for part in name.split("."):
        if not hasattr(found, part):
            where = getattr(found, "__file__", None) or "built in"
            owner = getattr(found, "__name__", place)
            hint = _did_you_mean(part, [one for one in dir(found) if one[0] != "_"])
            refuse(f"{owner} ({_as_written(str(where), call)}) has no {part!r}{hint}")
        found = getattr(found, part)
    if not callable(found):
        refuse(f"{name} is {_a(type(found).__name__)}, nothing that can be called")
    return found


def _module(place: str, call: Call) -> ModuleType:
    try:
        if place.endswith(".py"):
            return _of_file(place, os.path.join(call.sources, place))
        return importlib.import_module(place)
    except ImportError as error:
        missing = getattr(error, "name", None) or ""
        if not (place == missing or place.startswith(f"{missing}.")):
            _tell(traceback_of(error, call))
            refuse(f"cannot be imported{_where_looked(missing, call)}")
        refuse(f"no module named {missing!r}{_where_looked(missing, call)}")


def _of_file(place: str, path: str) -> ModuleType:
    name = re.sub(r"\W", "_", place)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not os.path.isfile(path):
        refuse(f"no file {place}")
    module = importlib.util.module_from_spec(spec)
    # Before it is executed: dataclasses look their module up.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _where_looked(missing: str, call: Call) -> str:
    version = ".".join(str(number) for number in sys.version_info[:3])
    looked = f"; the interpreter is {sys.executable} (Python {version})"
    if call.sources:
        looked += f", and first of all came {call.sources}"
    top = missing.partition(".")[0]
    here = os.path.join(call.folder, top)
    if top and (os.path.exists(f"{here}.py") or os.path.isdir(here)):
        looked += (
            f". {top} is in {call.folder} now, but it was not when the run began, or "
            "no import statement leads to it"
        )
    return looked


def _called(function: Function, target: str, call: Call) -> object:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        # Of some built-in functions nobody knows the parameters.
        result = function(**call.arguments)
    else:
        bound = bind(signature, target, call)
        result = function(*bound.args, **bound.kwargs)
    return _awaited(result) if inspect.isawaitable(result) else result


def bind(
    signature: inspect.Signature, target: str, call: Call
) -> inspect.BoundArguments:
    """Return a value for every parameter: of `with`, else of what was handed on.

    Raises:
        RefusedError: something is missing, or `with` has what is not taken.
    """
    given = {**call.handed(), **call.arguments}
    parameters = signature.parameters.values()
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    values = {p.name: given[p.name] for p in named if p.name in given}
    missing = [p.name for p in named if p.name not in given and p.default is p.empty]
    extra = {key: call.arguments[key] for key in call.arguments if key not in values}
    takes_any = [p.name for p in parameters if p.kind is p.VAR_KEYWORD]
    if takes_any:
        values[takes_any[0]] = extra
    elif extra:
        _refuse_extra(extra, signature, target)
    if missing:
        _refuse_missing(missing, call)
    bound = inspect.BoundArguments(signature, OrderedDict(values))
    bound.apply_defaults()
    return bound


def _refuse_extra(
    extra: Mapping[str, object], signature: inspect.Signature, target: str
) -> NoReturn:
    known = list(signature.parameters)
    named = ", ".join(f"{name!r}{_did_you_mean(name, known)}" for name in sorted(extra))
    refuse(f"'with' has {named}, but it takes {target.partition(':')[2]}{signature}")


def _refuse_missing(missing: list[str], call: Call) -> NoReturn:
    hints = ["give it in 'with'"]
    if call.upstream:
        known = ", ".join(sorted(call.upstream)[:_MOST_NAMED])
        hints.append(f"name it like a task upstream ({known})")
    asked = [name for name in missing if name in call.params]
    if asked:
        written = f"{asked[0]} = '{{{{ {asked[0]} }}}}'"
        hints.append(f"for the parameter of the run: with = {{ {written} }}")
    refuse(f"nothing is given for {', '.join(missing)}: {', or '.join(hints)}")


def _awaited(result: Awaitable[object]) -> object:
    import asyncio  # noqa: PLC0415 -- few functions are asynchronous

    async def finish() -> object:
        return await result

    return asyncio.run(finish())


def hand_on(result: object) -> None:
    """Write what a function returned to `$LEO_OUTPUT`; None writes nothing.

    A dict is the output itself, anything else becomes its `value`.

    Raises:
        RefusedError: it is not JSON.
    """
    if result is None:
        return
    output = result if isinstance(result, dict) else {"value": result}
    check_json(result, "the return value", ())
    text = json.dumps(output, ensure_ascii=False, separators=(",", ":"))
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(os.environ["LEO_OUTPUT"], flags, 0o600), "wb") as file:
        file.write(text.encode())


def check_json(value: object, place: str, around: tuple[int, ...]) -> None:
    """Look for what is not JSON: nothing is converted but tuples, which are lists.

    Raises:
        RefusedError: says where it is, and what it is.
    """
    if value is None or isinstance(value, (bool, int)):
        return
    if isinstance(value, str):
        _check_text(value, place)
    elif isinstance(value, float):
        if not math.isfinite(value):
            refuse(f"{place} is {value}, which JSON does not have")
    elif isinstance(value, (dict, list, tuple)):
        if id(value) in around:
            refuse(f"{place} contains itself")
        if len(around) >= _DEEPEST:
            refuse(f"{place[:_DEEPEST]}… is nested more than {_DEEPEST} deep")
        _check_items(value, place, (*around, id(value)))
    else:
        refuse(f"{place} is {_a(_type_name(value))}, which is not JSON{_hint(value)}")


def _check_items(
    value: dict[object, object] | list[object] | tuple[object, ...],
    place: str,
    around: tuple[int, ...],
) -> None:
    if not isinstance(value, dict):
        for position, item in enumerate(value):
            check_json(item, f"{place}[{position}]", around)
        return
    for key, item in value.items():
        if not isinstance(key, str):
            refuse(f"{place} has the key {key!r}: in JSON, keys are texts")
        _check_text(key, f"a key of {place}")
        check_json(item, f"{place}[{key!r}]", around)


def _check_text(text: str, place: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        refuse(f"{place} is no text that UTF-8 can hold: {text[:40]!r}")


def _hint(value: object) -> str:
    kind = type(value)
    if hasattr(kind, "__dataclass_fields__"):
        return ": return dataclasses.asdict(...) of it"
    how = _CONVERSIONS.get(kind.__name__)
    if how is None and hasattr(value, "__fspath__"):
        how = "str(...)"
    return f": return its {how}" if how else ""


def _type_name(value: object) -> str:
    kind = type(value)
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__name__
    return f"{kind.__module__}.{kind.__qualname__}"


def _a(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiouAEIOU' else 'a'} {noun}"


def _did_you_mean(name: str, known: list[str]) -> str:
    import difflib  # noqa: PLC0415 -- only when something is wrong

    nearest = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""


def refuse(message: str) -> NoReturn:
    """Raise `RefusedError`."""
    raise RefusedError(message)


def traceback_of(error: BaseException, call: Call) -> str:
    """Return a traceback of the user's frames, files named as the user knows them."""
    told = traceback.TracebackException.from_exception(error)
    _keep_frames_of_user(told, set())
    return _as_written("".join(told.format()), call)


def _keep_frames_of_user(
    told: traceback.TracebackException | None, seen: set[int]
) -> None:
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    frames = list(told.stack)
    own = [n for n, frame in enumerate(frames) if frame.filename == __file__]
    kept = frames[own[-1] + 1 :] if own else frames
    while kept and kept[0].filename == importlib.__file__:
        kept.pop(0)
    told.stack[:] = [
        frame for frame in kept if not frame.filename.startswith("<frozen importlib")
    ]
    for linked in (told.__cause__, told.__context__):
        _keep_frames_of_user(linked, seen)
    for inner in getattr(told, "exceptions", None) or ():
        _keep_frames_of_user(inner, seen)


def _as_written(text: str, call: Call) -> str:
    """Return a text that names files of the DAG's folder where the copy was named."""
    if not call.sources:
        return text
    return text.replace(call.sources + os.sep, os.path.join(call.folder, ""))


def _tell(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

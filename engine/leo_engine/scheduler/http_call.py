"""An HTTP task's table just before its attempt: all of it rendered but the condition.

`poll.until` is a condition over answers that have not come yet. What it names of the
run is handed on beside it, as values: a text that was put into it would be code.
"""

import msgspec

from leo_engine.spec.model import Json
from leo_engine.spec.template import Variables, mentioned_in_condition, render_json
from leo_engine.spec.variables import OF_ANSWERS


def rendered_request(options: msgspec.Raw, variables: Variables) -> msgspec.Raw:
    """Return a table with its templates filled in.

    Raises:
        TemplateError: one fails.
    """
    if b'"poll"' not in bytes(options):
        return render_json(options, variables)
    table = msgspec.json.decode(options, type=dict[str, Json])
    poll = table.pop("poll", None)
    rest = render_json(msgspec.Raw(msgspec.json.encode(table)), variables)
    if not isinstance(poll, dict):
        return rest
    table = msgspec.json.decode(rest, type=dict[str, Json])
    named = _named(str(poll["until"]), variables)
    table["poll"] = {**poll, "variables": named}
    return msgspec.Raw(msgspec.json.encode(table))


def _named(condition: str, variables: Variables) -> dict[str, Json]:
    mentions = mentioned_in_condition(condition)
    wanted = (mentions.names | mentions.dotted) - OF_ANSWERS.keys()
    return {name: variables[name] for name in sorted(wanted) if name in variables}

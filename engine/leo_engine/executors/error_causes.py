"""What led to an error."""

from collections.abc import Iterator


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it: causes, members of groups, arguments.

    What is nearest comes first, and each only once.
    """
    waiting: list[object] = [error]
    seen: set[int] = set()
    for one in waiting:
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        # urllib3 and requests hand on what happened as an argument.
        waiting += (one.__cause__, one.__context__, *one.args)

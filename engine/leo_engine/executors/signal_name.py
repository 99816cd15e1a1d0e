"""What a signal is called."""


def signal_name(number: int) -> str:
    """Return `SIGKILL` and the like; empty when there is none of that number."""
    import signal  # noqa: PLC0415 -- most runs end without one

    try:
        return signal.Signals(number).name
    except ValueError:
        return ""

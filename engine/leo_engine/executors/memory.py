"""How much memory this machine could still give to tasks."""


def free_memory_bytes() -> int:
    """Return what new processes could use before the machine must swap."""
    import psutil  # noqa: PLC0415 - 18 ms, and only runs with memory limits ask

    return int(psutil.virtual_memory().available)

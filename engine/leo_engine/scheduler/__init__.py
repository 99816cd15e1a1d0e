"""The asyncio shell that drives the machines of this process's runs."""

"""Every action by its id, and the keys that reach it."""

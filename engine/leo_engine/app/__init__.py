"""The door of the engine: build an `Engine` from `settings` and ask it."""

from leo_engine.app.engine import Engine
from leo_engine.config import Durability, Settings, settings
from leo_engine.placement.placer import Strategy

__all__ = ["Durability", "Engine", "Settings", "Strategy", "settings"]

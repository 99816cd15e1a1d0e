"""The terminal side of leo-tui: command line, headless reporter, and the pure folds."""

__version__ = "0.1.0"

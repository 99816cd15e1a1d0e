"""The window onto a log: lines, follow, search, filter."""

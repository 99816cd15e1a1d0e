"""The run store: one SQLite file, one writer thread."""

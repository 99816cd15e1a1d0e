"""The tasks of one run: its state in arrays, its tree, its rows."""

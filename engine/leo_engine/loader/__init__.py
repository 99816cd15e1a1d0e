"""Reads DAG files and `leo.toml` from a folder, and runs `*.dag.py`."""

"""Runs and their journal in one SQLite file. No `sqlite3` error leaves this folder."""

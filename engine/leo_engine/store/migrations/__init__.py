"""Numbered, forward-only changes of the schema: new files, never edits of old ones.

Each module is named `m<number>_<what>` and has `apply(database)`, run inside the
transaction that also sets `PRAGMA user_version` to its number. After adding one, write
`schema.sql` anew with `python -m leo_engine.store.migrate`.
"""

"""DAG versions hold the Python files that their tasks import."""

from sqlite_utils import Database


def apply(database: Database) -> None:
    """Add the column; no version before this one had python tasks."""
    database.execute("ALTER TABLE dag_versions ADD COLUMN sources BLOB")

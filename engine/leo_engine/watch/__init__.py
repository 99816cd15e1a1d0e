"""Telling when files of the DAG folder change."""

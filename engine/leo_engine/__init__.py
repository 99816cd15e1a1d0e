"""The engine of leo-tui: DAG files in, runs out. `leo_engine.app` is the door."""

"""The engine of leo-tui: DAG files in, runs out, no screen. `leo_engine.app` is the door."""

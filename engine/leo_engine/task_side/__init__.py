"""What runs in the interpreter of a task, or of a script, and not in the engine's.

Nothing here may import leo_engine, or anything else that is not in the standard library
of Python 3.8: those interpreters need not have it. The files are executed by path.
"""

_FOLDER = __file__.rpartition("/")[0]

RUNTIME = f"{_FOLDER}/python_runtime.py"
"""The program that a python task is run by."""
MODULES = f"{_FOLDER}/modules"
"""Folder of what a `*.dag.py` may import: `leo_dag`."""

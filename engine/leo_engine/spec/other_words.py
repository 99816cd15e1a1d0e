"""What keys are called elsewhere: in Airflow, Dagu, Snakemake, CI systems."""

from collections.abc import Collection

_ELSEWHERE = {
    "depends_on": "needs dependencies deps requires after upstream input",
    "cmd": "command run script shell bash bash_command exec steps",
    "if": "when condition only_if preconditions",
    "env": "environment envs variables vars env_vars",
    "dotenv": "env_file env_files",
    "working_dir": "cwd workdir working_directory dir chdir",
    "retries": "retry max_retries retry_limit attempts",
    "retry_delay": "delay retry_interval retry_wait",
    "timeout": "execution_timeout timeout_minutes deadline",
    "ignore_failure": "continue_on_error allow_failure continue_on ignore_errors",
    "image": "container docker_image",
    "python": "callable python_callable function",
    "with": "kwargs op_kwargs arguments",
    "priority": "priority_weight",
    "memory": "mem mem_mb",
    "tasks": "jobs nodes rules targets stages steps",
    "schedule": "cron schedule_interval on",
    "max_parallel": "concurrency max_active_tasks parallelism max_active_steps",
    "params": "parameters inputs",
    "tags": "labels",
    "on_exit": "finally always",
}


def our_word(word: str, names: Collection[str]) -> str:
    """Return the one of `names` that another tool calls `word`; empty: none."""
    for ours, theirs in _ELSEWHERE.items():
        if ours in names and word.lower().replace("-", "_") in theirs.split():
            return ours
    return ""

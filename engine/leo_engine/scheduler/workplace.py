"""What the attempts of one run need besides the machine: values, requests, results."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import msgspec

from leo_engine.errors import LaunchError
from leo_engine.graph.selection import with_upstream
from leo_engine.ports import AttemptRequest, Clock, Executor, RunRow
from leo_engine.scheduler.environment import (
    dotenv_variables,
    output_variables,
    run_variables,
)
from leo_engine.scheduler.folders import CALL, INPUTS, LOG, OUTPUT, STDOUT, RunFolders
from leo_engine.scheduler.handed_on import Results
from leo_engine.scheduler.output_times import OutputTimes
from leo_engine.scheduler.private_file import write_private
from leo_engine.scheduler.python_calls import PythonCalls, SourcesOf
from leo_engine.scheduler.rendering import (
    Variables,
    rendered,
    rendered_table,
    rendered_text,
)
from leo_engine.scheduler.results import shortened, with_results
from leo_engine.scheduler.scrub import (
    MASK,
    known_masks,
    mask_outcome,
    mask_text,
    maskable,
    scrub_file,
    secret_values,
    sources_of_secrets,
)
from leo_engine.spec.model import (
    HttpCall,
    Json,
    PythonCall,
    Task,
)
from leo_engine.spec.template import (
    TemplateError,
    evaluate_condition,
    is_template,
    render_text,
)
from leo_engine.spec.variables import assemble
from leo_engine.state.event import ConditionEvaluated
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Outcome, Succeeded
from leo_engine.state.status import RunStatus

_NO_MORE: Mapping[str, Json] = MappingProxyType({})


class Workplace:
    """Renders the attempts of one run and reads what they leave behind."""

    def __init__(  # noqa: PLR0913 -- its surroundings, each passed in by name
        self,
        *,
        run: RunRow,
        machine: RunMachine,
        folders: RunFolders,
        environ: Mapping[str, str],
        executor_of: Callable[[Task], Executor],
        clock: Clock,
        sources_of: SourcesOf = dict,
        log_max_bytes: int | None = None,
    ) -> None:
        """Take the run and where it lives.

        `sources_of` reads the Python files of its DAG version; `log_max_bytes` is for
        tasks that set no limit of their own.
        """
        self.dag = machine.dag
        self.output_times = OutputTimes(machine, folders, clock)
        self._run = run
        self._machine = machine
        self._folders = folders
        self._environ = environ
        self._executor_of = executor_of
        self._clock = clock
        self._log_max_bytes = log_max_bytes
        self._python_calls = PythonCalls(folders, run.dag_hash, sources_of)
        self._hidden = sources_of_secrets(machine.dag)
        self._visible = {
            name: value for name, value in environ.items() if name not in self._hidden
        }
        self._registering = [
            number for number, task in enumerate(self.dag.tasks) if task.register
        ]
        self._common: dict[str, str] | None = None
        self._secrets: dict[str, tuple[str, ...]] = {}

    def task(self, task_id: str) -> Task:
        """Return the task's definition."""
        return self.dag.tasks[self._machine.index(task_id)]

    def executor(self, task: Task) -> Executor:
        """Return the executor of a task."""
        return self._executor_of(task)

    def evaluate_condition(self, task_id: str) -> ConditionEvaluated:
        """Work out the `if` of a task."""
        task = self.task(task_id)
        at_ms = self._clock.now_ms()
        try:
            holds = evaluate_condition(task.condition, self.variables(task, 0))
        except TemplateError as error:
            reason = f"if: {error}"
            return ConditionEvaluated(
                at_ms=at_ms, task=task_id, holds=False, error=reason
            )
        return ConditionEvaluated(at_ms=at_ms, task=task_id, holds=holds)

    def request(self, task: Task, attempt: int, start_by_ms: int) -> AttemptRequest:
        """Render one attempt, not to be started after `start_by_ms` (monotonic).

        Raises:
            LaunchError: a template fails, or a secret or a dotenv file cannot be read.
        """
        try:
            return self._request(task, attempt, start_by_ms)
        except TemplateError as error:
            raise LaunchError(str(error)) from error

    async def settle(self, task: Task, attempt: int, outcome: Outcome) -> Outcome:
        """Return the outcome with what the attempt left behind, secrets masked."""
        folders = self._folders
        self.output_times.finish(task.id, attempt)
        if isinstance(outcome, Succeeded):
            outcome = with_results(
                outcome,
                folders.attempt(task.id, attempt, OUTPUT),
                folders.attempt(task.id, attempt, STDOUT) if task.register else "",
                None
                if task.output_schema is None
                else msgspec.json.encode(task.output_schema),
            )
        if not task.secrets:
            return shortened(outcome)
        secrets = self._secrets.pop(task.id, None) or self._masks(task)
        for suffix in (LOG, STDOUT, OUTPUT, CALL):
            scrub_file(folders.attempt(task.id, attempt, suffix), secrets)
        # Cut last: half a secret would not be found.
        return shortened(mask_outcome(outcome, secrets))

    def variables(
        self, task: Task, attempt: int, more: Mapping[str, Json] = _NO_MORE
    ) -> dict[str, Json]:
        """Return every name that the task's templates may use, `more` among them."""
        results = self._results(task)
        given: dict[str, Json] = {
            "run_id": self._run.run_id,
            "dag": self.dag.name,
            "task": task.id,
            "attempt": attempt,
            "staging": self._folders.staging,
            "scheduled_for": "",
            "env": {**self._visible, **self._common_variables()},
            "outputs": {**results.outputs, **results.fanned_in},
        }
        if task.is_hook:
            given.update(self._hook_variables(task))
        given.update(more)
        return assemble(
            task, given=given, params=self._run.params, registered=results.registered
        )

    def _hook_variables(self, hook: Task) -> dict[str, Json]:
        failed = self._machine.failed_tasks
        caller = self._machine.caller(hook.id)
        first = next((one for one in failed if one.task == caller), None)
        if first is None and failed:
            first = failed[0]
        so_far = RunStatus.FAILED if failed else RunStatus.SUCCEEDED
        ending = self._machine.course.ending or so_far
        return {
            "failed_task": "" if first is None else first.task,
            "failed_tasks": [one.task for one in failed],
            "error": "" if first is None else first.reason,
            "error_message": "" if first is None else first.reason,
            "failed_dag": self.dag.name if failed else "",
            "run_status": str(ending),
        }

    def _results(self, task: Task) -> Results:
        """Return what other tasks have handed on so far.

        Outputs come from upstream alone; a registered value also from elsewhere, which
        `{{.name}}` may ask for, though upstream wins.
        """
        machine, results = self._machine, Results({}, {}, {})
        outcomes = machine.board.outcome
        if not outcomes:
            return results
        before = with_upstream(machine.graph, [machine.index(task.id)])
        wanted = outcomes if task.is_hook else before.union(self._registering)
        found = [
            (number, outcome)
            for number in wanted
            if isinstance(outcome := outcomes.get(number), Succeeded)
        ]
        found.sort(key=lambda pair: (pair[0] in before, pair[0]))
        for number, outcome in found:
            is_upstream = task.is_hook or number in before
            results.add(self.dag.tasks[number], outcome, is_upstream=is_upstream)
        return results

    def _request(self, task: Task, attempt: int, start_by_ms: int) -> AttemptRequest:
        folders = self._folders
        variables = partial(self.variables, task, attempt)
        env = self._environment(task, attempt, variables)

        def variables_of_action() -> Mapping[str, Json]:
            if isinstance(task.action, HttpCall):
                return self.variables(task, attempt, self._for_request(task, env))
            return variables()

        action = rendered(task.action, variables_of_action)
        call_path = ""
        if isinstance(action, PythonCall):
            action = self._placed(action)
            upstream = [self.task(task_id) for task_id in task.upstream]
            call_path = self._python_calls.prepare(task, attempt, action, upstream)
        return AttemptRequest(
            run_id=self._run.run_id,
            dag=self.dag.name,
            task=task.id,
            attempt=attempt,
            action=action,
            call_path=call_path,
            env=env,
            clean_env=task.clean_env,
            hidden=self._hidden,
            working_dir=self._working_dir(task, variables),
            log_path=folders.attempt(task.id, attempt, LOG),
            stdout_path=folders.attempt(task.id, attempt, STDOUT)
            if task.register
            else "",
            log_max_bytes=self._log_max_bytes
            if task.log_max_bytes is None
            else task.log_max_bytes,
            masks=self._secrets.get(task.id, ()),
            needs_output=task.output_schema is not None,
            start_by_ms=start_by_ms,
            container=rendered_table(task.container, variables),
            staging=folders.staging,
            dag_folder=folders.dag_folder,
        )

    def _placed(self, call: PythonCall) -> PythonCall:
        """Return a call whose venv, if it has one, is an absolute path."""
        if not call.venv:
            return call
        return msgspec.structs.replace(call, venv=self._in_folder(call.venv))

    def _for_request(self, task: Task, env: Mapping[str, str]) -> dict[str, Json]:
        """Return what an HTTP task's templates know besides: it has no environment."""
        secrets: dict[str, Json] = {one.name: env[one.name] for one in task.secrets}
        own = {name: text for name, text in env.items() if name not in secrets}
        return {"env": {**self._visible, **own}, "secrets": secrets}

    def _working_dir(self, task: Task, variables: Variables) -> str:
        if task.container is not None:
            return rendered_text(task.working_dir, variables)
        if not task.working_dir:
            return self._folders.dag_folder
        return self._in_folder(rendered_text(task.working_dir, variables))

    def _in_folder(self, wanted: str) -> str:
        folder = self._folders.dag_folder
        return os.path.normpath(os.path.join(folder, os.path.expanduser(wanted)))  # noqa: PTH111, PTH118 -- text in, text out

    def _common_variables(self) -> dict[str, str]:
        """Return what every task of the run sees: the DAG's dotenv and env, `LEO_*`."""
        if self._common is None:
            run, folders = self._run, self._folders
            own = run_variables(run.run_id, self.dag.name, folders.staging, run.params)
            self._common = {**self._dotenv(self.dag.dotenv), **own}
            values: dict[str, Json] = {
                **run.params,
                "params": dict(run.params),
                "env": {**self._visible, **self._common},
                "run_id": run.run_id,
                "dag": self.dag.name,
                "staging": folders.staging,
                "scheduled_for": "",
            }
            for name, text in self.dag.env:
                self._common[name] = rendered_text(text, lambda: values)
        return self._common

    def address(self, task: Task, written: str) -> str:
        """Return the address of an HTTP task, secrets left open; "" if it has none."""
        if not is_template(written):
            return written
        attempt = self._machine.board.attempt[self._machine.index(task.id)] + 1
        blanks: dict[str, Json] = {one.name: "-" for one in task.secrets}
        try:
            env = self._own_variables(task, lambda: self.variables(task, attempt))
            more = {"env": {**self._visible, **env}, "secrets": blanks}
            return render_text(written, self.variables(task, attempt, more))
        except (TemplateError, LaunchError):
            # The attempt will say so.
            return ""

    def _own_variables(self, task: Task, variables: Variables) -> dict[str, str]:
        env = dict(self._common_variables())
        if task.dotenv:
            env.update(self._dotenv(task.dotenv))
        for name, text in task.env:
            env[name] = rendered_text(text, variables)
        return env

    def _environment(
        self, task: Task, attempt: int, variables: Variables
    ) -> dict[str, str]:
        env = self._own_variables(task, variables)
        if task.secrets:
            values = secret_values(
                task.secrets, self._environ, self._folders.dag_folder
            )
            self._secrets[task.id] = maskable(values)
            env.update(values)
        env.update(self._marks(task, attempt))
        if task.upstream or task.is_hook or self._run.params:
            self._hand_on(task, attempt, env)
        return env

    def _marks(self, task: Task, attempt: int) -> dict[str, str]:
        return {
            "LEO_TASK": task.id,
            "LEO_ATTEMPT": str(attempt),
            "LEO_OUTPUT": self._folders.attempt(task.id, attempt, OUTPUT),
        }

    def environment(self, task: Task, attempt: int) -> dict[str, str]:
        """Return what an attempt does not inherit, to be shown: secrets are masked.

        Raises:
            LaunchError: a template fails, or a dotenv file cannot be read.
        """
        variables = partial(self.variables, task, attempt)
        try:
            env = self._own_variables(task, variables)
            if task.container is None:
                env["PWD"] = self._working_dir(task, variables)
        except TemplateError as error:
            raise LaunchError(str(error)) from error
        env |= dict.fromkeys((one.name for one in task.secrets), MASK)
        env |= self._marks(task, attempt)
        outputs = dict(self._results(task).outputs)
        # Its own, which an attempt that is over has left, come with the next task.
        outputs.pop(task.id, None)
        env |= output_variables(outputs)
        inputs = self._folders.attempt(task.id, attempt, INPUTS)
        if os.access(inputs, os.F_OK):
            env["LEO_INPUTS"] = inputs
        masks = self._masks(task)
        return {name: mask_text(text, masks) for name, text in env.items()}

    def _hand_on(self, task: Task, attempt: int, env: dict[str, str]) -> None:
        results = self._results(task)
        if not (results.outputs or results.registered or self._run.params):
            return
        env.update(output_variables(results.outputs))
        path = self._folders.attempt(task.id, attempt, INPUTS)
        document = {
            "params": self._run.params,
            "outputs": {**results.outputs, **results.fanned_in},
            "registered": results.registered,
        }
        write_private(path, msgspec.json.encode(document))
        env["LEO_INPUTS"] = path

    def _dotenv(self, paths: tuple[str, ...]) -> dict[str, str]:
        env: dict[str, str] = {}
        for path in paths:
            whole = os.path.join(self._folders.dag_folder, path)  # noqa: PTH118 -- text in, text out
            try:
                env.update(dotenv_variables(whole))
            except (OSError, ValueError) as error:
                message = f"cannot read dotenv file {path}: {error}"
                raise LaunchError(message) from error
        return env

    def _masks(self, task: Task) -> tuple[str, ...]:
        """Return what to mask for a task that an earlier engine launched."""
        return known_masks(task.secrets, self._environ, self._folders.dag_folder)

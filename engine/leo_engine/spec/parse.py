"""A DAG file's text to a whole, valid `spec.model.Dag`, or every problem at once."""

from dataclasses import dataclass

import msgspec

from leo_engine.errors import Problem, SpecSyntaxError, SpecValidationError
from leo_engine.spec.checks import check_tasks
from leo_engine.spec.decode import decode
from leo_engine.spec.document import DocumentFormat, read_document
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Dag
from leo_engine.spec.resolve import Resolver
from leo_engine.spec.surroundings import Surroundings
from leo_engine.spec.template_checks import TemplateChecker, implied_params
from leo_engine.spec.text_place import excerpt, line_and_column, offset_of

_NOWHERE_ELSE = Surroundings()


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a DAG file, and what it is called."""

    text: str
    document_format: DocumentFormat
    file: str = ""
    """As the user would name it; for problems."""
    stem: str = "dag"
    """Name of the DAG when the text gives none."""


def parse_dag(source: SourceText, surroundings: Surroundings = _NOWHERE_ELSE) -> Dag:
    """Return the DAG that a text describes.

    Raises:
        SpecSyntaxError: the text is not TOML, YAML or JSON.
        SpecValidationError: it is, and makes no sense as a DAG; holds every problem.
    """
    try:
        dag, findings = _understand(source, surroundings)
        problems = findings.problems(source.text, source.document_format, source.file)
    except SpecSyntaxError as error:
        raise SpecSyntaxError(
            [placed(problem, source) for problem in error.problems]
        ) from error
    except RecursionError as error:
        problem = Problem(message="nested too deeply", line=1, column=1)
        raise SpecSyntaxError([placed(problem, source)]) from error
    if problems:
        raise SpecValidationError(problems)
    return dag


def _understand(source: SourceText, surroundings: Surroundings) -> tuple[Dag, Findings]:
    root = read_document(source.text, source.document_format)
    findings = Findings(root)
    if "runs" in root and "tasks" not in root:
        raise SpecValidationError(_plan_problems(findings, source))
    decoded = decode(root, findings)
    dag = Resolver(decoded, findings).resolve(source.stem, surroundings)
    check_tasks(dag, surroundings, findings)
    templates = TemplateChecker(dag, decoded, findings)
    templates.check(dag)
    if templates.implied:
        params = dag.params + implied_params(templates.implied)
        dag = msgspec.structs.replace(dag, params=params)
    return dag, findings


def _plan_problems(findings: Findings, source: SourceText) -> list[Problem]:
    """Say that it is a plan, rather than that no key of it is known."""
    hint = f"leo-tui batch {source.file}; name it *.batch.toml to keep it here"
    findings.add(("runs",), "this is a plan of runs, not a DAG", hint=hint, at_key=True)
    return findings.problems(source.text, source.document_format, source.file)


def placed(problem: Problem, source: SourceText) -> Problem:
    """Return a reader's problem with the file's name and the line it is on."""
    offset = offset_of(source.text, max(problem.line, 1), max(problem.column, 1))
    line, column = line_and_column(source.text, offset)
    return msgspec.structs.replace(
        problem,
        file=source.file,
        line=line,
        column=column,
        excerpt=excerpt(source.text, offset),
    )

"""Short ways to read a DAG text and to see what is wrong with it."""

from collections.abc import Callable

import pytest

from leo_engine.errors import Problem, SpecError
from leo_engine.spec.document import DocumentFormat
from leo_engine.spec.model import Dag
from leo_engine.spec.parse import SourceText, parse_dag
from leo_engine.spec.surroundings import Surroundings

Parse = Callable[..., Dag]
Problems = Callable[..., tuple[Problem, ...]]


def _source(text: str, kind: str) -> SourceText:
    return SourceText(text, DocumentFormat(kind), file=f"d.{kind}", stem="d")


@pytest.fixture
def parse() -> Parse:
    """`parse(text, kind="toml")` returns the DAG."""

    def read(text: str, kind: str = "toml", **around: object) -> Dag:
        return parse_dag(_source(text, kind), Surroundings(**around))  # type: ignore[arg-type]

    return read


@pytest.fixture
def problems() -> Problems:
    """`problems(text, kind="toml")` returns what is wrong; nothing when it is valid."""

    def read(text: str, kind: str = "toml", **around: object) -> tuple[Problem, ...]:
        try:
            parse_dag(_source(text, kind), Surroundings(**around))  # type: ignore[arg-type]
        except SpecError as error:
            return error.problems
        return ()

    return read

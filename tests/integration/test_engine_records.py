"""What processes leave on record does not grow without bound."""

from pathlib import Path

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand


async def test_records_of_old_engines_are_deleted_once_there_are_many(
    tmp_path: Path,
) -> None:
    (tmp_path / "one.toml").write_text("[tasks.one]\ncmd = 'true'\n")
    records = tmp_path / ".leo" / "wardens"
    most = 0
    with Engine(settings(str(tmp_path))) as engine:
        for _ in range(55):
            await engine.run([RunCommand(dag=engine.load("one"))])
            most = max(most, len(list(records.iterdir())))
    assert most <= 51

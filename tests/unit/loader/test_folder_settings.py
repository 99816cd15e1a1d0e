"""`leo.toml`: what it may say, what holds without it, every problem where it is."""

from pathlib import Path

import pytest

from leo_engine.errors import ConfigError
from leo_engine.loader.folder_settings import (
    FolderSettings,
    HttpSettings,
    read_folder_settings,
)
from leo_engine.ports import Retention

DAY_MS = 86_400_000


def settings_of(folder: Path, text: str) -> FolderSettings:
    (folder / "leo.toml").write_text(text)
    return read_folder_settings(folder)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_folder_settings(tmp_path) == FolderSettings(
        pools={},
        staging_ttl_ms=7 * DAY_MS,
        log_max_bytes=1_000_000_000,
        retention=Retention(
            keep_runs=1000, older_than_ms=None, max_bytes=1_000_000_000
        ),
    )


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "# nothing yet\n") == FolderSettings()


def test_every_key_is_read_with_its_unit(tmp_path: Path) -> None:
    text = """
    staging_ttl = "12h"
    log_max = "5MB"
    [pools]
    gpu = 2
    [retention]
    keep_runs = 20
    older_than = "30d"
    max_size = "2GB"
    [http]
    allow = ["*.example.org", "::1"]
    deny = ["169.254.169.254"]
    max_in_flight = 9
    max_per_host = 3
    """
    assert settings_of(tmp_path, text) == FolderSettings(
        pools={"gpu": 2},
        staging_ttl_ms=DAY_MS // 2,
        log_max_bytes=5_000_000,
        retention=Retention(
            keep_runs=20, older_than_ms=30 * DAY_MS, max_bytes=2_000_000_000
        ),
        http=HttpSettings(
            allow=("*.example.org", "::1"),
            deny=("169.254.169.254",),
            max_in_flight=9,
            max_per_host=3,
        ),
    )


def test_nothing_at_all_is_a_time_and_a_size_too(tmp_path: Path) -> None:
    read = settings_of(tmp_path, "staging_ttl = 0\nlog_max = 0\n")
    assert (read.staging_ttl_ms, read.log_max_bytes) == (0, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[pool]\ngpu = 1", "leo.toml:1:1: unknown key 'pool' (did you mean 'pools'?)"),
        ("[pools]\ngpu = 0", "leo.toml:2:7: 'gpu' must be a whole number of"),
        ("[pools", "leo.toml:1:7: not valid TOML"),
        ('staging_ttl = "a week"', "leo.toml:1:15: 'a week' is not a duration"),
        ('log_max = "5 apples"', "leo.toml:1:11: '5 apples' is not a size"),
        ("[retention]\nkeep = 3", "leo.toml:2:1: unknown key 'keep'"),
        ("[retention]\nkeep_runs = 0", "leo.toml:2:13: 'keep_runs' must be"),
        ('[retention]\nmax_size = "big"', "leo.toml:2:12: 'big' is not a size"),
        ("[http]\nmax_per_host = 0", "leo.toml:2:16: 'max_per_host' must be"),
        ('[http]\ndeny = ["http://x"]', "leo.toml:2:9: 'http://x' is no host: write"),
        ('[http]\nallow = ["a", "x:80"]', "leo.toml:2:15: 'x:80' is no host: write"),
        ('[http]\nallow = [""]', "leo.toml:2:10: '' is no host: write"),
        ('[retention]\nolder_than = "-1d"', "leo.toml:2:14: '-1d' is not a duration"),
    ],
)
def test_a_wrong_setting_is_refused_where_it_stands(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(tmp_path, text)
    assert message in str(caught.value)


def test_all_problems_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(tmp_path, "log_max = 'x'\nstaging_ttl = 'y'\npool = 1\n")
    assert len(str(caught.value).splitlines()) == 3

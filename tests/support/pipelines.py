"""A folder of pipelines as people have them: one that fails while one looks."""

from pathlib import Path

from leo_engine.state.event import (
    ApprovalAnswered,
    BackoffElapsed,
    ConditionEvaluated,
    RunCancelRequested,
)
from leo_engine.state.outcome import Cancelled, TimedOut
from leo_engine.state.status import RunStatus
from stage_set import NOW_MS
from told_runs import Teller, ToldRun

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_LIVE_MS = NOW_MS - 134_000
"""When the run that is under way began."""

NIGHTLY = """\
description = "Loads yesterday's orders, users and events"
schedule = "0 1 * * *"
failure_policy = "continue"

[params]
day = { type = "string", default = "2026-03-01", description = "day to load" }
rows = { type = "integer", default = 10000, description = "rows in a chunk" }
full = { type = "boolean", default = false, description = "load everything" }
region = { type = "string", default = "eu", enum = ["eu", "us"] }

[tasks."extract.pull_users"]
cmd = "python pull.py --table users"

[tasks."extract.pull_orders"]
cmd = "python pull.py --table orders"
retries = 2
retry_delay = "5s"

[tasks."extract.pull_ads"]
cmd = "python pull.py --table ads"
retries = 4
retry_delay = "30s"

[tasks."extract.pull_events"]
cmd = "python pull.py --table events"

[tasks."extract.pull_clicks"]
cmd = "python pull.py --table clicks"
timeout = "60s"

[tasks."load.load_orders"]
cmd = "python load.py orders"
depends_on = ["extract.pull_orders"]

[tasks."load.join_orders"]
cmd = "python join.py orders"
depends_on = ["load.load_orders"]

[tasks."load.load_users"]
cmd = "python load.py users"
depends_on = ["extract.pull_users"]

[tasks."load.load_events"]
cmd = "python load.py events"
depends_on = ["extract.pull_events"]

[tasks.check]
matrix = { shard = [1, 2, 3, 4, 5, 6] }
cmd = "python check.py --shard {{ shard }}"
depends_on = ["extract.pull_users"]

[tasks."report.history"]
if = "params.full"
cmd = "python report.py history"

[tasks."report.daily"]
cmd = "python report.py daily"
depends_on = ["load.join_orders", "load.load_events"]

[tasks."release.approve"]
approval = "Publish the reports of 2026-03-01?"

[tasks."release.publish"]
cmd = "python publish.py"
depends_on = ["release.approve", "report.daily"]
"""

OUTPUT = """\
12:02:17.104 INFO  connecting to db-orders:5432
12:02:17.310 INFO  cursor opened, chunk=10000
12:02:18.902 INFO  chunk 1 rows=10000
12:02:20.077 INFO  chunk 2 rows=10000
12:02:23.551 WARN  slow chunk 3.4s
12:02:28.873 ERROR server closed connection
Traceback (most recent call last):
  File "pull.py", line 88, in <module>
    main(sys.argv[1:])
  File "pull.py", line 61, in main
    for row in cur.fetchmany(CHUNK):
psycopg.OperationalError: consuming input
  failed: server closed the connection
"""

_SMALL = """\
[tasks.fetch]
cmd = "python fetch.py"

[tasks.store]
cmd = "python store.py"
depends_on = ["fetch"]
"""
_BACKFILL = """\
tasks:
  years:
    matrix: {year: [2021, 2022, 2023, 2024]}
    cmd: "python backfill.py {{ year }}"
"""
BROKEN = """\
tasks:
  load_a:
    cmd: "true"
  load_b:
    cmd: "true"
    dependss: [load_a]
  load_c:
    cmd: "true"
    depends_on: [load_x]
"""
_REPAIRED = BROKEN.replace("dependss", "depends_on").replace("load_x", "load_b")


async def pipelines(home: Path) -> Path:
    """Write `~/pipelines` with everything in it; return the folder."""
    folder = home / "pipelines"
    folder.mkdir()
    (folder / "nightly_etl.toml").write_text(NIGHTLY)
    (folder / "ads_hourly.toml").write_text('schedule = "15 * * * *"\n' + _SMALL)
    (folder / "backfill_2024.yaml").write_text(_BACKFILL)
    (folder / "broken.yaml").write_text(_REPAIRED)
    (folder / "new_report.yaml").write_text(_BACKFILL)
    async with Teller(folder) as teller:
        _past(teller)
        for days in range(8, 0, -1):
            _nightly_before(teller, NOW_MS - days * _DAY_MS, days)
        _live(teller)
    (folder / "broken.yaml").write_text(BROKEN)
    return folder


def _past(teller: Teller) -> None:
    ads = teller.begin("ads_hourly.toml", NOW_MS - 49 * 60_000)
    ads.do("fetch", 0, 30)
    ads.do("store", 30, 41)
    ads.finish(41)
    backfill = teller.begin("backfill_2024.yaml", NOW_MS - 3 * _DAY_MS)
    for number, year in enumerate((2021, 2022, 2023, 2024)):
        backfill.start(f"years[year={year}]", number)
    backfill.tell(RunCancelRequested(at_ms=backfill.at(189), by="ada"))
    for year in (2021, 2022, 2023, 2024):
        backfill.end(f"years[year={year}]", 190, Cancelled(reason="by ada"))
    backfill.finish(191, RunStatus.CANCELLED)
    broken = teller.begin("broken.yaml", NOW_MS - 2 * _DAY_MS)
    for number, task in enumerate(("load_a", "load_b", "load_c")):
        broken.do(task, number, number + 1)
    broken.finish(4)


def _nightly_before(teller: Teller, at_ms: int, days: int) -> None:
    """Tell an earlier run: good, but for the last one and one before."""
    run = teller.begin("nightly_etl.toml", at_ms, params={"day": "2026-03-01"})
    pace = 1 + (days % 3) / 10
    _pulled(run, pace)
    run.tell(_approved(run))
    if days in {1, 6}:
        run.do("load.load_orders", 30 * pace, 41 * pace)
        run.fail("load.join_orders", 41 * pace, 85 * pace)
        run.tell(_skipped(run))
        run.finish(86 * pace, RunStatus.FAILED)
        return
    run.do("load.load_orders", 30 * pace, 41 * pace)
    run.do("load.join_orders", 41 * pace, 60 * pace)
    run.tell(_skipped(run))
    run.do("report.daily", 60 * pace, 80 * pace)
    run.do("release.publish", 81 * pace, 90 * pace)
    run.finish(90 * pace)


def _pulled(run: ToldRun, pace: float) -> None:
    run.do("extract.pull_users", 0, 4.1 * pace)
    run.do("extract.pull_orders", 0, 11.2 * pace)
    run.do("extract.pull_ads", 0, 3 * pace)
    run.do("extract.pull_events", 0, 21 * pace)
    run.do("extract.pull_clicks", 0, 30 * pace)
    run.do("load.load_users", 5 * pace, 13.8 * pace)
    run.do("load.load_events", 22 * pace, 30 * pace)
    for shard in range(1, 7):
        run.do(f"check[shard={shard}]", 5 * pace, 5.9 * pace + shard / 10)


def _approved(run: ToldRun) -> ApprovalAnswered:
    return ApprovalAnswered(
        at_ms=run.at(31), task="release.approve", approved=True, by="ada"
    )


def _skipped(run: ToldRun) -> ConditionEvaluated:
    return ConditionEvaluated(at_ms=run.at(0.1), task="report.history", holds=False)


def _live(teller: Teller) -> None:
    """Tell the run under way; in it is every state that a task can have."""
    run = _resumed(teller)
    run.tell(_skipped(run))
    for attempt, (begin, end) in enumerate(((0, 6), (11, 18), (28, 40)), start=1):
        run.fail("extract.pull_orders", begin, end, attempt=attempt, code=2)
        run.log("extract.pull_orders", OUTPUT, attempt=attempt)
        if attempt < 3:
            run.tell(_elapsed(run, "extract.pull_orders", attempt, end + 5))
    run.start("extract.pull_events", 20)
    run.log("extract.pull_events", _events())
    run.start("extract.pull_clicks", 30)
    run.end("extract.pull_clicks", 90, TimedOut(limit_ms=60_000))
    run.fail("extract.pull_ads", 5, 60, code=75)
    run.tell(_elapsed(run, "extract.pull_ads", 1, 90))
    run.fail("extract.pull_ads", 91, 111, attempt=2, code=75)
    run.log("extract.pull_ads", "no answer\n", attempt=2)
    run.do("check[shard=1]", 5, 5.9)
    run.do("check[shard=2]", 5, 6.1)
    run.start("check[shard=3]", 131)
    run.start("check[shard=4]", 6)
    run.end("check[shard=4]", 66, Cancelled(reason="stopped by ada"))


def _resumed(teller: Teller) -> ToldRun:
    """Return a run that was stopped an hour ago and goes on now; two tasks are kept."""
    kept = ("extract.pull_users", "load.load_users")
    run = teller.begin(
        "nightly_etl.toml", _LIVE_MS - _HOUR_MS, params={"day": "2026-03-01"}
    )
    run.do("extract.pull_users", 0, 4.1)
    run.do("load.load_users", 5, 13.8)
    run.log("extract.pull_users", "11:02:18 4120 users\n")
    run.tell(RunCancelRequested(at_ms=run.at(19), by="ada"), _skipped(run))
    run.finish(20, RunStatus.CANCELLED)
    tasks = (row.task for row in teller.store.tasks(run.row.run_key))
    run.resume(_LIVE_MS, tuple(task for task in tasks if task not in kept))
    return run


def _elapsed(run: ToldRun, task: str, attempt: int, at_s: float) -> BackoffElapsed:
    return BackoffElapsed(at_ms=run.at(at_s), task=task, attempt=attempt)


def _events() -> str:
    lines: list[str] = []
    for batch in range(60):
        time = f"12:04:{batch % 60:02}.0{batch % 10}1"
        lines.append(f"{time} INFO  batch {88_121 + batch} rows=10000 lag=0.8s")
        if batch % 7 == 3:
            lines.append(f"{time} WARN  offset gap topic=events part=7")
        if batch % 13 == 5:
            lines.append(f"{time} ERROR decode failed key=0x9f part=7")
    return "\n".join(lines) + "\n"

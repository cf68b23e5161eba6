"""The parts of the operator's view: counting, the table of desks, settings, log, loop, pools."""

from __future__ import annotations

import re

import pytest
import trio

from actors.directory import Entry
from actors.latencies import Latencies
from actors.messages import JobView, LiveProgress
from actors.ports import DeskKey
from nightdesk.config import Config, flag_of
from nightdesk.logs import build_log
from nightdesk.overview.desks import DeskRows, page_of
from nightdesk.overview.lines import RecentLines
from nightdesk.overview.process import LAG_EVERY_S, LOOKED_AT_S, ProcessGauge
from nightdesk.overview.settings import SECRET, origins, settings_seen
from nightdesk.overview.summary import Summaries, summary_of
from state.model import Counts, Job, JobStatus
from state.views import DeskListed
from tests.support.desks import ScriptedDesk
from web.house_view import DesksAsked


def job(job_id, status, *, kind="fetch", lane="fetch", spec=None):
    return Job(
        id=job_id,
        kind=kind,
        name=job_id,
        lane=lane,
        arrival=1,
        status=status,
        counts=Counts(9),
        created_at=1.0,
        spec=spec or {},
    )


def live(in_flight=0, waiting=0, rate=0.0, stage=""):
    return LiveProgress(
        counts=Counts(9), in_flight=in_flight, waiting=waiting, rate_per_s=rate, stage=stage
    )


def published(*views, revision=7):
    shown = ScriptedDesk(DeskKey("k")).published
    return shown.__class__(
        **{
            **{name: getattr(shown, name) for name in shown.__struct_fields__},
            "jobs": {view.job.id: view for view in views},
            "revision": revision,
        }
    )


def entry(key, *views, revision=7):
    made = Entry(DeskKey(key), create=False)
    made.opened.set()
    made.feed.publish(published(*views, revision=revision))
    return made


BUSY = (
    JobView(job("a", JobStatus.RUNNING), live(5, 2, 1.5)),
    JobView(job("b", JobStatus.QUEUED)),
    JobView(job("c", JobStatus.COMPLETED)),
    JobView(
        job("d", JobStatus.RUNNING, kind="agent", lane="agent", spec={"endpoint": "deep"}),
        live(0, 1, stage="waits for the model's endpoint"),
    ),
    JobView(
        job("e", JobStatus.RUNNING, kind="agent", lane="agent", spec={"endpoint": "deep"}),
        live(1, 0, stage="writes"),
    ),
    JobView(
        job("f", JobStatus.RUNNING, kind="generate", lane="webui"),
        live(0, 3, stage="waits for the WebUI"),
    ),
)


def test_a_desk_is_summed_up():
    found = summary_of(published(*BUSY))
    assert found.jobs == {"running": 4, "queued": 1, "completed": 1}
    assert found.lanes == {"fetch": (1, 1), "agent": (2, 0), "webui": (1, 0)}
    assert found.endpoints == {"deep": (2, 1), "webui": (1, 1)}
    assert (found.in_flight, found.waiting, found.rate_per_s) == (6, 6, 1.5)


async def test_only_desks_that_have_changed_are_counted_anew():
    sums, one, other = Summaries(), entry("1", *BUSY), entry("2")
    await sums.look([one, other])
    before = sums.of(DeskKey("1"))
    other.feed.publish(published(BUSY[1], revision=8))
    await sums.look([one, other])
    assert sums.of(DeskKey("1")) is before
    assert sums.of(DeskKey("2")).jobs == {"queued": 1}
    await sums.look([other])
    assert sums.of(DeskKey("1")).jobs == {}


KEYS = [DeskKey(f"{digit}" * 64) for digit in range(6)]


@pytest.fixture
async def rows():
    """Idle, busy, parked, opening, asleep, asleep for longer."""
    entries = {key: entry(key) for key in KEYS[:3]}
    entries[KEYS[1]].feed.publish(published(*BUSY, revision=9))
    entries[KEYS[3]] = Entry(KEYS[3], create=False)
    listed = {key: DeskListed(key, 100.0 - at, 10 + at) for at, key in enumerate(KEYS)}
    sums = Summaries()
    await sums.look(entries.values())
    return DeskRows(entries, {KEYS[2]: "its file is damaged"}, listed, sums)


async def test_the_busiest_desk_comes_first_and_those_that_sleep_last(rows):
    page = page_of(rows, DesksAsked())
    assert (page.total, [desk.key for desk in page.desks][:1]) == (6, [KEYS[1]])
    assert [desk.state for desk in page.desks][-2:] == ["asleep", "asleep"]
    states = {desk.key: desk.state for desk in page.desks}
    assert [states[key] for key in KEYS] == [
        "awake", "awake", "parked", "opening", "asleep", "asleep",
    ]  # fmt: skip


async def test_of_a_desk_that_sleeps_is_told_what_its_file_says_from_outside(rows):
    (desk,) = page_of(rows, DesksAsked(beginning="4")).desks
    assert (desk.file_bytes, desk.disk_bytes, desk.tokens, desk.jobs) == (14, None, None, {})
    assert desk.saved_at == "1970-01-01T00:01:36.000Z"
    (parked,) = page_of(rows, DesksAsked(state="parked")).desks
    assert (parked.key, parked.reason) == (KEYS[2], "its file is damaged")


async def test_desks_come_by_pages(rows):
    keys = [
        page_of(rows, DesksAsked(order="key", offset=at, limit=2)).desks[0].key for at in (0, 2, 4)
    ]
    assert keys == KEYS[::2]
    assert page_of(rows, DesksAsked(offset=6)).desks == []
    # How many there are is told on each of them.
    assert {page_of(rows, DesksAsked(offset=at, limit=2)).total for at in (0, 4, 6)} == {6}


def test_a_setting_says_where_it_came_from():
    config = Config(port=9000, max_jobs=5, host="::1", max_items=3)
    found = origins(config, ["serve", "--port=9000", "--max-jobs", "5"], {"NIGHTDESK_HOST": "::1"})
    seen = {each.name: (each.value, each.origin) for each in settings_seen(config, found)}
    assert seen["port"] == ("9000", "flag")
    assert seen["max_jobs"] == ("5", "flag")
    assert seen["host"] == ("::1", "env")
    assert seen["data"] == ("data", "default")
    assert seen["max_items"] == ("3", "flag")
    assert len(seen) == len(config.__dataclass_fields__)


def test_of_a_secret_no_more_is_shown_than_that_it_is_set():
    config = Config(
        proxy=("http://u:hunter2@p:1", "socks5://p:2"),
        notify_target=("json://u:hunter2@h",),
        webui_command="run --key hunter2",
        allow_origin=("https://u:hunter2@evil.example",),
    )
    seen = {each.name: each for each in settings_seen(config, {})}
    assert "hunter2" not in str(seen)
    assert {name: seen[name].value for name in SECRET} == {
        "proxy": "2", "notify_target": "1", "webui_command": "1",
    }  # fmt: skip
    assert {each.name for each in seen.values() if each.secret} == SECRET
    assert all(flag_of(each.name) == each.flag for each in seen.values())


def test_of_the_log_warnings_and_errors_are_kept_without_secrets(tmp_path):
    lines = RecentLines(lambda: 5.0, kept=2)
    with (tmp_path / "log").open("w") as stream:
        log = build_log("json", "info", stream, lines)
        log.info("nothing")
        log.warning("first")
        log.warning("a host", address="http://u:hunter2@h/", long="x" * 900)
        try:
            raise ValueError("why")
        except ValueError:
            log.exception("broken")
    newest, before = lines.newest()
    assert (newest.level, newest.event, before.level) == ("error", "broken", "warning")
    assert newest.fields["exception"].endswith("ValueError: why")
    assert "hunter2" not in str(before)
    assert len(before.fields["long"]) == 501
    assert len(re.findall("\n", (tmp_path / "log").read_text())) == 4


async def test_the_loop_is_measured_while_somebody_looks(autojump_clock, nursery):
    gauge = ProcessGauge("1.2.3", lambda: 50.0)
    nursery.start_soon(gauge.lag.run)
    await trio.sleep(100)
    first = gauge.look()
    assert (first.lag_ms_p50, first.cpu_percent, first.version) == (None, None, "1.2.3")
    assert first.memory_bytes > 1_000_000
    assert 0 < first.descriptors < first.descriptors_limit
    await trio.sleep(3 * LAG_EVERY_S)
    assert gauge.look().lag_ms_max == 0.0
    # Nobody looks any more: the task sleeps until somebody does.
    await trio.sleep(10 * LOOKED_AT_S + LAG_EVERY_S / 2)
    assert trio.lowlevel.current_statistics().seconds_to_next_deadline > 1e6
    assert gauge.look().lag_ms_max == 0.0


def test_quantiles_are_of_the_newest():
    times = Latencies(kept=100)
    assert times.quantiles(0.5) == (None,)
    for took in [9.0] * 50 + [float(n) for n in range(100)]:
        times.add(took)
    assert times.quantiles(0.5, 0.99, 1.0) == (50.0, 99.0, 99.0)

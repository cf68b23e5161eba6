"""Every pass is run once or passed over once: over clocks that are set anew, crashes, restarts.

The rules are driven as the session drives them, with every step at which it may die: between the
look and its save, between the files and the decision, between the decision and its save.
"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.messages import CreateJob, PassStaged
from actors.ports import Plan
from actors.ports.calendar import NoCalendar
from actors.rules.change import Limits, Moment, put
from actors.rules.jobs import decide
from actors.rules.passes import LATE_S, DuePass, made, settle
from actors.rules.schedule import latest_due, next_passes
from state.model import DeskState, JobStatus
from state.schedules import Schedule
from tests.support.slots import changes, slots_between

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
)
LIMITS = Limits(max_jobs=10_000, max_idempotency_keys=0, idempotency_ttl_s=0, opening_tokens=300)
NOBODY = NoCalendar()
PRICE = 7
DAY_S = 86_400.0


@st.composite
def schedules(draw):
    start = draw(st.integers(0, 1_439))
    # At most some 90 passes in the days that are played: a job tells of the newest 100.
    length = draw(st.integers(1, 1_440 if start == 0 else 1_439))
    end = start + length
    interval = draw(st.integers(max(1, length // 15), 1_440))
    text = "24:00" if end == 1_440 else f"{end % 1_440 // 60:02}:{end % 60:02}"
    return Schedule(
        start=f"{start // 60:02}:{start % 60:02}",
        end=text,
        interval_min=interval,
        work_days=tuple(draw(st.sets(st.integers(0, 6), min_size=1))),
        timezone=draw(st.sampled_from(ZONES)),
        max_delay_min=draw(st.sampled_from([0, 1, 10, 90, 1_440])),
    )


@st.composite
def beginnings(draw, schedule):
    """A minute, often one just before the clocks of the zone change."""
    near = changes(schedule.timezone) or [1_780_000_000.0 // 60 * 60]
    return draw(st.sampled_from(near)) - 60 * draw(st.sampled_from([30, 1_000, 2_000, 2_881]))


# How far the clock goes, and how: on by itself, set forward, set back.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["on", "on", "on", "on", "forward", "back"]),
        st.sampled_from([1.0, 59.0, 600.0, 3_599.0, 20_000.0, 50_000.0]),
        st.sampled_from(["", "", "", "look", "files", "made", "twice"]),
        st.booleans(),
    ),
    min_size=5,
    max_size=40,
)


class Desk:
    """What is on disk, and what a session does with it. `deaths` say where it dies next."""

    def __init__(self, schedule, now):
        self.schedule = schedule
        self.saved = DeskState(created_at=now)
        self.now = now
        self.made = []
        plan = Plan(items=[], spec={}, secrets={}, concurrency=1, retries=0, price_tokens=PRICE)
        command = CreateJob(
            job_id="job",
            kind="k",
            name="n",
            lane="k",
            priority=0,
            start=True,
            plan=plan,
            schedule=schedule,
        )
        self.save(decide(self.saved, command, self.moment(), LIMITS).change.state)

    @property
    def job(self):
        return self.saved.jobs["job"]

    def moment(self):
        return Moment(self.now, self.saved.revision + 1, NOBODY)

    def save(self, state):
        """One that was made before cannot be made again."""
        new = [job for job in state.jobs.values() if job.id not in self.saved.jobs]
        self.made += [job.id for job in new if job.parent]
        self.saved = replace(state, revision=self.saved.revision + 1)

    def look(self, death):
        """One turn after an alarm, and the one after the files are there."""
        state, due = settle(self.saved, self.moment(), LIMITS)
        if death == "look":
            return
        self.save(state)
        if death == "files":
            return
        for found in due:
            for _ in range(2 if death == "twice" else 1):
                fact = PassStaged(found.parent, found.slot_at)
                change = made(self.saved, fact, self.moment(), LIMITS, 1e9)
                if death == "made":
                    return
                if change.transitions:
                    self.check_in_time(found)
                self.save(change.state)

    def check_in_time(self, found):
        """The newest that was due, by its delay, while its window was open."""
        newest, end_at = latest_due(self.schedule, "job", self.now, NOBODY)
        assert newest.slot_at == found.slot_at
        assert newest.due_at <= self.now <= max(end_at, newest.due_at + LATE_S)

    def end_passes(self):
        for job in list(self.saved.jobs.values()):
            if job.parent and job.status is JobStatus.QUEUED:
                ended = replace(job, status=JobStatus.COMPLETED, ended_at=self.now)
                self.save(put(self.saved, ended))


def handled(desk, slots):
    """What is told of each slot: a missed one stands for those up to the next that is told of."""
    records = {record.slot_at: record.skipped or "run" for record in desk.job.passes}
    told, last = {}, None
    for slot in slots:
        last = records.get(slot, last if last == "missed" else None)
        told[slot] = last
    return told


@settings(max_examples=500, deadline=None)
@given(st.data(), schedules(), STEPS)
def test_every_pass_is_run_once_or_passed_over_once(data, schedule, steps):
    begin = data.draw(beginnings(schedule))
    desk, latest = Desk(schedule, begin), begin
    for how, seconds, death, ends in steps:
        if desk.now + seconds > begin + 5 * DAY_S:
            break
        desk.now += -min(seconds, desk.now - begin) if how == "back" else seconds
        latest = max(latest, desk.now)
        desk.look(death)
        if ends:
            desk.end_passes()
    # As a server that starts again at last, and lives.
    desk.now = latest + 1.0
    desk.look("")
    slots = slots_between(schedule, begin, 14)
    following = desk.job.next_pass
    past = [slot for slot in slots if slot < following.slot_at]
    assert following.slot_at == slots[len(past)]
    assert following.due_at > desk.now
    told = handled(desk, past)
    assert None not in told.values()
    assert [r.slot_at for r in desk.job.passes] == sorted({r.slot_at for r in desk.job.passes})
    ran = [slot for slot, word in told.items() if word == "run"]
    assert sorted(desk.made) == sorted(DuePass("job", slot).job_id for slot in ran)
    ledger = desk.saved.ledger
    assert ledger.spent == PRICE * len(ran) == desk.job.spent_tokens
    assert ledger.granted == ledger.balance + ledger.spent or not ran


@settings(max_examples=500, deadline=None)
@given(st.data(), schedules())
def test_slots_are_those_that_the_clocks_show(data, schedule):
    begin = data.draw(beginnings(schedule))
    slots = slots_between(schedule, begin, 14)
    slots = slots[:100]
    found = next_passes(schedule, "job", begin, len(slots) + 1, NOBODY)
    assert [due.slot_at for due in found[: len(slots)]] == slots
    for due, following in pairwise(found):
        assert due.slot_at <= due.due_at < following.slot_at
        assert due.due_at - due.slot_at <= schedule.max_delay_min * 60
    again = [next_passes(schedule, "job", due.slot_at - 1, 1, NOBODY)[0] for due in found[:5]]
    assert again == found[:5]

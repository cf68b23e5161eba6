"""The rules of a desk, driven by Hypothesis: whatever is asked and reported, in any order."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from actors.errors import ActorError, IdempotencyConflict, JobGone
from actors.messages import (
    CancelJob,
    CreateJob,
    DeleteJob,
    Idempotency,
    JobEnded,
    JobProgressed,
    JobStalled,
    JobWentOn,
    JourneysLearned,
    LiveProgress,
    PauseJob,
    ResumeJob,
    RetryJob,
    StartJob,
)
from actors.ports import Plan
from actors.rules import facts, lanes, retention
from actors.rules.change import Change, Limits, Moment
from actors.rules.facts import waits_for_storage
from actors.rules.jobs import decide
from actors.rules.journeys import learned, unsettled
from actors.settings import SetJourneys
from state.journeys import Journey
from state.model import ALLOWED, TERMINAL, AtWork, Counts, DeskState, JobStatus

LIMITS = Limits(max_jobs=6, max_idempotency_keys=4, idempotency_ttl_s=50.0)
WIDTH = 2
RETENTION_S = 30.0

job_ids = st.sampled_from([f"job{n}" for n in range(12)])
commands = st.sampled_from([StartJob, PauseJob, ResumeJob, CancelJob, RetryJob])
endings = st.sampled_from(["finished", "drained", "cancelled", "broken", "storage", "crashed"])


class DeskMachine(RuleBasedStateMachine):
    """Applies what the session would apply, and checks each change on its way."""

    @initialize()
    def start(self):
        self.state = DeskState(created_at=0.0)
        self.now = 0.0
        self.answers = {}
        self.gone = set()

    def moment(self):
        return Moment(self.now, self.state.revision + 1)

    def apply(self, change: Change):
        statuses = {job.id: job.status for job in self.state.jobs.values()}
        for step in change.transitions:
            assert statuses.get(step.job_id) == step.old
            if step.old is not None and step.new is not None:
                assert step.new in ALLOWED[step.old]
            statuses[step.job_id] = step.new
        final = {job.id: job.status for job in change.state.jobs.values()}
        assert {k: v for k, v in statuses.items() if v is not None} == final
        self.gone |= set(self.state.jobs) - set(change.state.jobs)
        self.state = change.state

    def ask(self, command):
        before = self.state
        try:
            decision = decide(self.state, command, self.moment(), LIMITS)
        except ActorError as error:
            assert self.state is before
            return error
        self.apply(decision.change)
        return decision.reply

    @rule(job_id=job_ids, start=st.booleans(), lane=st.sampled_from("ab"), rank=st.integers(-1, 1))
    def create(self, job_id, start, lane, rank):
        if job_id not in self.gone:  # ids are never used again
            self.ask(self.creating(job_id, start, lane, rank, None))

    @rule(job_id=job_ids, lane=st.sampled_from("ab"), own_s=st.sampled_from([None, 5.0, 60.0]))
    def create_of_journeys(self, job_id, lane, own_s):
        """Alone in its lane, and kept until the journeys have learned its end."""
        if job_id in self.gone:
            return
        busy = [
            job.id
            for job in self.state.jobs.values()
            if job.lane == lane and job.status not in TERMINAL
        ]
        command = replace(
            self.creating(job_id, True, lane, 0, None),
            alone=True,
            of_journeys=True,
            retention_s=own_s,
        )
        assert not (busy and not isinstance(self.ask(command), ActorError))

    @rule(count=st.integers(0, 2))
    def keep_journeys(self, count):
        kept = tuple(Journey(id=f"{n:08x}", name="n", url="u") for n in range(count))
        self.ask(SetJourneys(kept))

    @rule(data=st.data())
    def learn(self, data):
        ended = unsettled(self.state)
        if ended:
            digest = self.state.journeys.digest
            settles = {job.id: job.run for job in data.draw(st.lists(st.sampled_from(ended)))}
            self.apply(learned(self.state, JourneysLearned(digest, digest, 2, settles)))
            assert not {job.id for job in unsettled(self.state)} & settles.keys()

    def creating(self, job_id, start, lane, rank, idempotency):
        plan = Plan(items=[None] * 3, spec={}, secrets={}, concurrency=1, retries=0)
        return CreateJob(
            job_id=job_id,
            kind="k",
            name="n",
            lane=lane,
            priority=rank,
            start=start,
            plan=plan,
            idempotency=idempotency,
        )

    @rule(job_id=job_ids, key=st.sampled_from("xyz"), printed=st.sampled_from("pq"))
    def create_once(self, job_id, key, printed):
        if job_id in self.gone:
            return
        reply = self.ask(self.creating(job_id, True, "a", 0, Idempotency(key, printed)))
        known = self.answers.get(key)
        if known is not None and self.now - known[0] < LIMITS.idempotency_ttl_s:
            _, first_print, first = known
            if isinstance(reply, JobGone):
                assert first.job.job.id not in self.state.jobs
            elif first_print != printed:
                assert isinstance(reply, IdempotencyConflict)
            else:
                assert reply.replayed
                assert (reply.job, reply.revision) == (first.job, first.revision)
        elif not isinstance(reply, ActorError):
            assert not reply.replayed
            self.answers[key] = (self.now, printed, reply)

    @rule(command=commands, job_id=job_ids)
    def command(self, command, job_id):
        self.ask(command(job_id))

    @rule(job_id=job_ids)
    def delete(self, job_id):
        known = job_id in self.state.jobs
        assert isinstance(self.ask(DeleteJob(job_id)), ActorError) is not known
        assert job_id not in self.state.jobs

    @rule(job_id=job_ids, how=endings, stale=st.booleans(), stopping=st.booleans(), data=st.data())
    def end(self, job_id, how, stale, stopping, data):
        job = self.state.jobs.get(job_id)
        if job is None:
            return
        ok = data.draw(st.integers(0, 3))
        failed = 3 - ok if how == "finished" else data.draw(st.integers(0, 3 - ok))
        run = job.run - 1 if stale else job.run
        fact = JobEnded(job_id=job_id, run=run, how=how, counts=Counts(3, ok, failed), error="why")
        change = facts.ended(self.state, fact, self.moment(), stopping=stopping)
        if stale:
            assert change.state is self.state
        self.apply(change)

    @rule(job_id=job_ids, stale=st.booleans(), step=st.integers(0, 3))
    def progress(self, job_id, stale, step):
        job = self.state.jobs.get(job_id)
        if job is None:
            return
        run = job.run - 1 if stale else job.run
        working = (AtWork(index=0, fraction=step / 3, done=step, total=3, at=self.now),)
        live = LiveProgress(counts=job.counts, working=working)
        state = facts.progressed(self.state, JobProgressed(job_id, run, live), self.moment())
        if stale:
            assert state is self.state
        self.apply(Change(state))

    @rule(job_id=job_ids, passes=st.booleans())
    def stall(self, job_id, passes):
        job = self.state.jobs.get(job_id)
        if job is not None:
            self.apply(facts.stalled(self.state, JobStalled(job_id, job.run, "EIO"), self.moment()))
        if job is not None and passes:
            self.apply(facts.went_on(self.state, JobWentOn(job_id, job.run), self.moment()))

    @rule()
    def lanes(self):
        self.apply(lanes.start_next(self.state, WIDTH, self.moment()))
        assert lanes.startable(self.state, WIDTH) == []

    @rule(by=st.floats(0, 20))
    def wait(self, by):
        self.now += by

    @rule()
    def sweep(self):
        kept = {job.id for job in unsettled(self.state) if self.now < job.ended_at + RETENTION_S}
        self.apply(retention.sweep(self.state, RETENTION_S, self.moment()))
        assert kept <= self.state.jobs.keys()
        due = retention.next_sweep(self.state, RETENTION_S)
        assert due is None or due > self.now

    @rule(policy=st.sampled_from(["resume", "paused"]), restart=st.booleans())
    def load(self, policy, restart):
        self.apply(facts.opened(self.state, self.moment(), policy, restart=restart))
        assert not any(job.status is JobStatus.RUNNING for job in self.state.jobs.values())
        assert not any(waits_for_storage(job) for job in self.state.jobs.values())

    @invariant()
    def nothing_is_exceeded(self):
        jobs = self.state.jobs.values()
        assert len(jobs) <= LIMITS.max_jobs
        assert len(self.state.idempotency) <= LIMITS.max_idempotency_keys
        for lane in "ab":
            in_lane = [job for job in jobs if job.lane == lane]
            assert sum(job.status is JobStatus.RUNNING for job in in_lane) <= WIDTH
        for job in jobs:
            assert job.counts.done <= job.counts.total
            assert (job.ended_at is not None) == (job.status in TERMINAL)
            assert (job.run == 0) == (job.status is JobStatus.PENDING) or (
                job.status is JobStatus.CANCELLED and job.run == 0
            )
            assert (job.status is JobStatus.PAUSED) <= (job.reason is not None)
            assert not job.working or job.status is JobStatus.RUNNING


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)

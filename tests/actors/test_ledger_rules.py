"""The ledger of a desk, driven by Hypothesis: whatever is asked for, in any order, at any time."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from actors.errors import ActorError, InsufficientTokens
from actors.messages import (
    CancelJob,
    CreateJob,
    DeleteJob,
    Idempotency,
    JobEnded,
    RetryJob,
    StartJob,
)
from actors.ports import Plan
from actors.rules import facts, lanes, ledger
from actors.rules.change import Limits, Moment
from actors.rules.jobs import decide
from actors.tokens import GrantTokens, HoldTokens
from state.codec import decode, encode
from state.ledgers import gap_in
from state.model import Counts, DeskState, JobStatus
from state.views import desk_key

OPENING = 60
LIMITS = Limits(
    max_jobs=6,
    max_idempotency_keys=4,
    idempotency_ttl_s=50.0,
    opening_tokens=OPENING,
    max_ledger_entries=12,
)
FEATURES = ("", "basic", "silent")
OWNER = desk_key("owner")

job_ids = st.sampled_from([f"job{n}" for n in range(8)])
keys = st.sampled_from(["a", "b", "c", "d"])


class LedgerMachine(RuleBasedStateMachine):
    """Keeps books of its own, by what was answered, and compares."""

    @initialize()
    def start(self):
        self.state = DeskState(created_at=0.0)
        self.now = 0.0
        self.granted = OPENING
        self.paid = {}
        self.gone = set()

    def moment(self):
        return Moment(self.now, self.state.revision + 1)

    def ask(self, command):
        before = self.state
        shown = ledger.effective(before, LIMITS)
        try:
            decision = decide(before, command, self.moment(), LIMITS)
        except ActorError as refusal:
            return refusal
        self.state = replace(decision.change.state, revision=before.revision + 1)
        after = ledger.effective(self.state, LIMITS)
        if isinstance(command, StartJob | CreateJob | RetryJob):
            self.note_paid(before, command.job_id, shown.balance - after.balance)
        else:
            assert after.spent == shown.spent
        return decision.reply

    def note_paid(self, before, job_id, amount):
        """A new run of a job is paid, or costs nothing; nothing else is ever paid."""
        run = self.state.jobs[job_id].run
        known = before.jobs.get(job_id)
        if run == (0 if known is None else known.run):
            assert amount == 0
            return
        assert (job_id, run) not in self.paid
        self.paid[job_id, run] = amount
        if run == 1:
            assert amount == self.state.jobs[job_id].price_tokens

    @rule(
        job_id=job_ids,
        start=st.booleans(),
        price=st.integers(0, 25),
        feature=st.sampled_from(FEATURES),
        key=st.none() | keys,
    )
    def create(self, job_id, start, price, feature, key):
        if job_id in self.gone or job_id in self.state.jobs:
            return
        items = [None] * 3
        plan = Plan(items=items, spec={}, secrets={}, concurrency=1, retries=0, price_tokens=price)
        command = CreateJob(
            job_id=job_id,
            kind="k",
            name="n",
            lane="a",
            priority=0,
            start=start,
            plan=plan,
            feature=feature,
        )
        free = ledger.free(ledger.effective(self.state, LIMITS), self.now, feature)
        refused = isinstance(self.ask(command), InsufficientTokens)
        if len(self.state.jobs) < LIMITS.max_jobs:
            assert refused == (price > free)

    @rule(job_id=job_ids, key=st.none() | keys, again=st.booleans())
    def start_job(self, job_id, key, again):
        """Sent twice as often as not."""
        once = None if key is None else Idempotency(f"{job_id}{key}", "print")
        for _ in range(1 + again):
            self.ask(StartJob(job_id, once))

    @rule(job_id=job_ids, command=st.sampled_from([RetryJob, CancelJob]))
    def command(self, job_id, command):
        self.ask(command(job_id))

    @rule(job_id=job_ids)
    def delete(self, job_id):
        self.ask(DeleteJob(job_id))
        self.gone.add(job_id)

    @rule(job_id=job_ids, ok=st.integers(0, 3), data=st.data())
    def run_job(self, job_id, ok, data):
        job = self.state.jobs.get(job_id)
        if job is None or job.status is not JobStatus.QUEUED:
            return
        self.state = lanes.start_next(self.state, 9, self.moment()).state
        counts = Counts(3, ok, 3 - ok)
        fact = JobEnded(job_id=job_id, run=job.run, how="finished", counts=counts)
        self.state = facts.ended(self.state, fact, self.moment(), stopping=False).state
        before = ledger.effective(self.state, LIMITS).spent
        self.ask(RetryJob(job_id))
        cost = ledger.effective(self.state, LIMITS).spent - before
        assert cost in (0, job.price_tokens * (3 - ok) // 3)

    @rule(amount=st.integers(-1, 40), key=st.uuids())
    def grant(self, amount, key):
        for _ in range(2):
            reply = self.ask(GrantTokens(amount, str(key)))
        if not isinstance(reply, ActorError):
            assert reply.replayed
            self.granted += amount

    @rule(amount=st.integers(1, 40), key=keys, feature=st.sampled_from(FEATURES[1:]))
    def hold(self, amount, key, feature):
        before = ledger.effective(self.state, LIMITS)
        free = ledger.free(before, self.now)
        live = [hold.id for hold in before.holds if hold.until > self.now]
        refused = isinstance(self.ask(HoldTokens(amount, feature, key, 20.0)), ActorError)
        assert refused == (key not in live and amount > free)

    @rule(by=st.floats(-15, 30))
    def wait(self, by):
        """Clocks are set back, too."""
        self.now = max(0.0, self.now + by)

    @rule()
    def load(self):
        assert decode(OWNER, encode(OWNER, self.state)).state == self.state

    @invariant()
    def the_books_agree(self):
        kept = ledger.effective(self.state, LIMITS)
        assert kept.granted == self.granted
        assert kept.spent == sum(self.paid.values())
        assert kept.granted == kept.balance + kept.spent
        assert kept.balance >= 0
        assert sum(hold.amount for hold in kept.holds) <= kept.balance
        assert len(kept.entries) <= LIMITS.max_ledger_entries
        assert len({entry.id for entry in kept.entries}) == len(kept.entries)
        assert gap_in(kept) is None
        for job in self.state.jobs.values():
            paid = [cost for (job_id, _), cost in self.paid.items() if job_id == job.id]
            assert job.spent_tokens == sum(paid)


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)

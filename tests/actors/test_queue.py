"""The item queue of a running job: nothing lost, nothing twice, whatever comes back and when."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actors.rules.queue import MAX_SUSPECTS, ItemQueue, Lost

KEYS = ["a", "b", "c"]


def queue_of(count, strikes=None):
    return ItemQueue(bytearray(b"\x01" * count), strikes or {})


def drain(queue, now=0.0):
    taken = queue.take(1_000_000, now)
    for index in taken:
        queue.admit(index, "", 0.0)
    return taken


def test_items_come_in_order_and_only_those_that_are_pending():
    queue = ItemQueue(bytearray([1, 0, 1, 1, 0]), {})
    assert queue.take(2, 0) == [0, 2]
    assert queue.take(2, 0) == [3]
    assert (queue.left, queue.in_flight, queue.available(0)) == (3, 3, 0)


def test_some_are_taken_when_all_others_have_been():
    queue = ItemQueue(bytearray([1, 1, 1, 0, 1]), {2: 1}, last=[0, 2, 3])
    assert (queue.left, queue.available(0)) == (4, 4)
    assert [queue.take(1, 0) for _ in range(5)] == [[2], [1], [4], [0], []]
    for index in (2, 1, 4, 0):
        assert queue.end(index)
    queue.grow(1)
    assert (queue.take(1, 0), queue.left) == ([5], 1)


def test_a_deferred_item_waits_its_delay_and_keeps_its_attempts():
    queue = queue_of(1)
    drain(queue)
    assert queue.defer(0, 2, 5.0, now=10.0)
    assert (queue.next_wake(), queue.waiting, queue.take(1, 14.9)) == (15.0, 1, [])
    assert queue.take(1, 15.0) == [0]
    assert queue.attempts(0) == 2


def test_a_held_key_holds_its_items_and_no_others():
    queue = queue_of(6)
    key = {index: "slow" if index % 2 else "fast" for index in range(6)}
    for index in queue.take(2, 0):
        queue.admit(index, key[index], 0.0)
    queue.defer(1, 1, 30.0, now=0.0, hold_key=True)
    admitted = [index for index in queue.take(4, 0) if queue.admit(index, key[index], 0.0)]
    assert admitted == [2, 4]
    assert queue.waiting == 3
    assert queue.take(9, 29.9) == []
    assert sorted(queue.take(9, 30.0)) == [1, 3, 5]


def test_a_key_held_again_holds_what_was_just_freed():
    queue = queue_of(3)
    for index in queue.take(3, 0):
        queue.admit(index, "host", 0.0)
    for index in range(3):
        queue.defer(index, 1, 1.0, now=0.0, hold_key=True)
    assert queue.take(1, 1.0) == [0]
    queue.admit(0, "host", 0.0)
    queue.defer(0, 2, 1.0, now=1.0, hold_key=True)
    assert (queue.available(1.5), queue.waiting) == (0, 3)
    assert len(queue.take(9, 2.0)) == 3


def test_a_hold_of_no_length_holds_nothing_back():
    queue = queue_of(1)
    queue.admit(*queue.take(1, 0.0), "host", 0.0)
    queue.defer(0, 1, 0.0, now=0.0, hold_key=True)
    assert queue.take(1, 0.0) == [0]


def test_an_item_whose_worker_died_twice_is_poisoned():
    queue = queue_of(2)
    drain(queue)
    assert queue.lose([0, 1]) == Lost([0, 1], {}, {})
    assert drain(queue) == [0, 1]
    assert queue.end(1)
    assert queue.lose([0]) == Lost([], {0: 2}, {})
    assert queue.left == 0


def test_few_suspects_are_tried_at_a_time_while_others_go_on():
    queue = queue_of(100, dict.fromkeys(range(50), 1))
    taken = drain(queue)
    assert len([i for i in taken if i < 50]) == MAX_SUSPECTS
    assert len([i for i in taken if i >= 50]) == 50
    queue.end(taken[0])
    assert len(drain(queue)) == 1


def test_news_of_an_item_that_is_not_out_says_nothing():
    queue = queue_of(1)
    assert not queue.end(0)
    assert not queue.defer(0, 1, 1.0, 0.0)
    assert queue.lose([0]) == Lost([], {}, {})
    assert queue.left == 1


def test_a_hundred_thousand_items_pass():
    queue = queue_of(100_000)
    seen = 0
    while taken := queue.take(1_000, 0.0):
        for index in taken:
            queue.admit(index, "k", 0.0)
            seen += queue.end(index)
    assert (seen, queue.left) == (100_000, 0)


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(0, 30)), st.integers(1, 40))
def test_every_pending_item_is_given_once(done, batch):
    queue = ItemQueue(bytearray(0 if i in done else 1 for i in range(31)), {})
    seen = []
    while taken := queue.take(batch, 0.0):
        seen += taken
    assert seen == [i for i in range(31) if i not in done]


class QueueMachine(RuleBasedStateMachine):
    """Drives a queue as a runner does, beside the plainest model: a set for each place."""

    @initialize(count=st.integers(1, 25))
    def start(self, count):
        self.now = 0.0
        self.queue = queue_of(count)
        self.keys = [KEYS[i % 3] for i in range(count)]
        self.out, self.over, self.count = set(), set(), count

    @rule(count=st.integers(1, 10))
    def take(self, count):
        for index in self.queue.take(count, self.now):
            assert index not in self.out
            assert index not in self.over
            if self.queue.admit(index, self.keys[index], 0.0):
                self.out.add(index)

    @rule(data=st.data())
    def end(self, data):
        if self.out:
            index = data.draw(st.sampled_from(sorted(self.out)))
            assert self.queue.end(index)
            self.out.remove(index)
            self.over.add(index)

    @rule(data=st.data(), delay=st.floats(0, 5), hold=st.booleans())
    def defer(self, data, delay, hold):
        if self.out:
            index = data.draw(st.sampled_from(sorted(self.out)))
            assert self.queue.defer(index, 1, delay, self.now, hold_key=hold)
            self.out.remove(index)

    @rule(data=st.data())
    def die(self, data):
        if self.out:
            lost = data.draw(st.sets(st.sampled_from(sorted(self.out)), min_size=1))
            told = self.queue.lose(sorted(lost))
            over = told.twice.keys() | told.often.keys()
            assert set(told.again) | over == lost
            self.out -= lost
            self.over |= over

    @rule(data=st.data())
    def forgive(self, data):
        if self.out:
            self.queue.forgive(data.draw(st.sampled_from(sorted(self.out))))

    @rule(by=st.floats(0, 3))
    def wait(self, by):
        self.now += by

    @invariant()
    def counts_agree(self):
        assert self.queue.left == self.count - len(self.over)
        assert self.queue.in_flight == len(self.out)
        assert 0 <= self.queue.waiting <= self.queue.left

    def teardown(self):
        """Let everything run to its end: each item must turn up again, exactly once."""
        if not hasattr(self, "queue"):
            return
        for index in sorted(self.out):
            self.queue.end(index)
        self.over |= self.out
        while self.queue.left:
            available = self.queue.available(self.now)
            taken = self.queue.take(100, self.now)
            assert len(taken) == available
            for index in taken:
                assert index not in self.over
                if self.queue.admit(index, self.keys[index], 0.0):
                    self.queue.end(index)
                    self.over.add(index)
            wake = self.queue.next_wake()
            assert taken or wake is not None
            self.now = max(self.now, wake or 0.0)
        assert self.over == set(range(self.count))


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

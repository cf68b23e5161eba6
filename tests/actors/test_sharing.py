"""House-wide sharing of slots: fair over desks, exact in number, indifferent to batch sizes."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.rules.sharing import Sharing

desks = st.sampled_from(["a", "b", "c"])
wishes = st.dictionaries(
    st.tuples(desks, st.integers(0, 3)), st.tuples(st.integers(-2, 2), st.integers(1, 40))
)


def filled(table):
    sharing = Sharing()
    for (desk, number), (priority, count) in table.items():
        sharing.set_want(desk, f"{desk}{number}", priority, count)
    return sharing


def test_a_late_desk_is_served_within_one_item_of_each_slot():
    sharing = Sharing()
    sharing.set_want("big", "big-job", 0, 50_000)
    assert sharing.grant(8) == [("big-job", 8)]
    sharing.set_want("small", "small-job", 0, 1)
    order = [sharing.grant(1)[0][0] for _ in range(8)]
    assert "small-job" in order[:2]


def test_free_slots_are_split_evenly_and_left_overs_go_to_who_wants_them():
    sharing = Sharing()
    sharing.set_want("a", "a1", 0, 100)
    sharing.set_want("b", "b1", 0, 100)
    sharing.set_want("c", "c1", 0, 5)
    assert dict(sharing.grant(65)) == {"a1": 30, "b1": 30, "c1": 5}


def test_priority_rules_within_a_desk_only():
    sharing = Sharing()
    sharing.set_want("a", "urgent", 9, 100)
    sharing.set_want("a", "lazy", 0, 100)
    sharing.set_want("b", "humble", -9, 100)
    assert dict(sharing.grant(20)) == {"urgent": 10, "humble": 10}


def test_jobs_of_a_desk_take_turns():
    sharing = Sharing()
    sharing.set_want("a", "a1", 0, 9)
    sharing.set_want("a", "a2", 0, 9)
    assert [sharing.grant(1)[0][0] for _ in range(4)] == ["a1", "a2", "a1", "a2"]


def test_a_withdrawn_or_removed_wish_gets_nothing():
    sharing = Sharing()
    sharing.set_want("a", "a1", 0, 3)
    sharing.set_want("a", "a2", 0, 3)
    sharing.set_want("a", "a1", 0, 0)
    sharing.remove("a", "a2")
    sharing.remove("a", "never-seen")
    assert sharing.grant(10) == []


@settings(deadline=None)
@given(wishes, st.integers(0, 200))
def test_exactly_what_is_wanted_and_free_is_granted(table, free):
    sharing = filled(table)
    granted = dict(sharing.grant(free))
    wanted = {f"{desk}{number}": count for (desk, number), (_, count) in table.items()}
    assert all(0 < n <= wanted[job] for job, n in granted.items())
    assert sum(granted.values()) == min(free, sum(wanted.values()))
    rest = dict(sharing.grant(10_000))
    assert Counter(granted) + Counter(rest) == Counter(wanted)


@settings(deadline=None)
@given(wishes, st.integers(1, 60))
def test_no_desk_gets_two_more_than_a_desk_left_wanting(table, free):
    granted: Counter[str] = Counter()
    for job, count in filled(table).grant(free):
        granted[job[0]] += count
    wanted: Counter[str] = Counter()
    for (desk, _), (_, count) in table.items():
        wanted[desk] += count
    unserved = [desk for desk in wanted if granted[desk] < wanted[desk]]
    for desk in unserved:
        assert all(granted[other] <= granted[desk] + 1 for other in wanted)


def test_ten_thousand_jobs_wait_without_being_looked_at():
    sharing = Sharing()
    for number in range(10_000):
        sharing.set_want(f"desk{number}", f"job{number}", 0, 1_000)
    served = [sharing.grant(1)[0][0] for _ in range(10_000)]
    assert len(set(served)) == 10_000

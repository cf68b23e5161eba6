"""What an item may say: much at once, a lot for ever, and what was left out is told."""

from __future__ import annotations

from workers.allowance import LINES_AT_ONCE, LINES_PER_S, Allowance


def said(allowance, count, now):
    return [allowance.take(now) for _ in range(count)]


def test_two_thousand_lines_a_second_for_a_minute_are_all_said():
    allowance = Allowance(0.0)
    told = [each for tenth in range(600) for each in said(allowance, 200, tenth / 10)]
    assert len(told) == 120_000
    assert all(each.said and not each.notice for each in told)


def test_so_many_may_be_said_at_once_and_the_first_that_may_not_says_so():
    told = said(Allowance(0.0), LINES_AT_ONCE + 3, 0.0)
    assert [each.said for each in told].count(True) == LINES_AT_ONCE
    assert [bool(each.notice) for each in told[LINES_AT_ONCE:]] == [True, False, False]


def test_who_was_cut_off_is_heard_again_after_a_while_and_what_is_missing_is_told():
    allowance = Allowance(0.0)
    said(allowance, LINES_AT_ONCE + 3, 0.0)
    assert not allowance.take(0.05).said
    again = allowance.take(0.2)
    assert (again.said, again.notice) == (True, "4 lines of this item were left out")
    assert allowance.take(0.2).notice == ""


def test_what_is_saved_up_has_a_bound():
    allowance = Allowance(0.0)
    told = said(allowance, 3 * LINES_AT_ONCE, 1_000.0)
    assert [each.said for each in told].count(True) == LINES_AT_ONCE
    assert [each.said for each in said(allowance, 5_000, 1_001.0)].count(True) == LINES_PER_S

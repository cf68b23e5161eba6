"""Which browser a page gets: the rules, without a browser."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from workers.browser.seats import Load, choose, has_future, has_room, is_spare
from workers.browser.settings import BrowserSettings


@dataclass(eq=False)
class Some:
    open: int = 0
    closing: int = 0
    takes: bool = True
    nearly_done: bool = False

    @property
    def load(self):
        return Load(self.open, self.closing, self.takes, self.nearly_done)


@pytest.mark.parametrize(
    ("browsers", "room"),
    [
        ([], True),
        ([Some(3)], True),
        ([Some(4)], False),
        ([Some(2), Some(2, takes=False)], False),
        ([Some(3, closing=4)], True),
        ([Some(3, closing=5)], False),
        ([Some(0, closing=8)], False),
    ],
)
def test_pages_are_counted_over_all_browsers_and_those_being_closed_do_not_gather(browsers, room):
    assert has_room(browsers, 4) is room


def test_the_fullest_is_chosen_so_that_another_one_empties():
    few, many, full = Some(1), Some(3), Some(4, takes=False)
    assert choose([few, many, full], alone=False) is many


def test_where_none_takes_pages_another_one_is_needed():
    assert choose([Some(takes=False)], alone=False) is None
    assert choose([], alone=False) is None


@pytest.mark.parametrize("used", [Some(1), Some(closing=1)])
def test_alone_is_with_nobody_not_even_one_that_is_being_closed(used):
    assert choose([used], alone=True) is None
    empty = Some()
    assert choose([used, empty], alone=True) is empty


def test_spare_is_what_has_nothing_to_do_that_another_could_not():
    idle, busy, full = Some(), Some(1), Some(takes=False)
    assert is_spare(idle, [idle, busy])
    assert not is_spare(busy, [idle, busy])
    assert not is_spare(idle, [idle, full])
    assert not is_spare(idle, [idle])


def test_one_that_is_on_its_way_out_is_not_retired_again():
    assert not is_spare(Some(takes=False), [Some(takes=False), Some()])


def test_the_next_one_is_started_before_the_last_one_is_done_and_is_not_spare_then():
    old, new = Some(1, nearly_done=True), Some()
    assert not has_future([old])
    assert has_future([old, new])
    assert not is_spare(new, [old, new])
    assert choose([old, new], alone=False) is old


@pytest.mark.parametrize(("pages", "recycle", "lead"), [(4, 100, 8), (8, 100, 10), (4, 9, 0)])
def test_the_lead_is_short_for_browsers_that_do_not_live_long(pages, recycle, lead):
    settings = BrowserSettings(scratch="/nowhere", pages=pages, recycle_pages=recycle)
    assert settings.lead_pages == lead

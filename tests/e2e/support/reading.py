"""What a page shows, read so that its reader is never too early: `expect` and these functions are
the one way, as a test of the house's style says (`tests/test_reads.py`).

A page draws when it comes to it. What is read of it once, right after a click or a message, is
sometimes what was there before. `expect(locator)` waits; what it has no words for is waited for
here. Where that nothing happens is claimed, wait for what would come after it first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page, expect

# Waited so long only where a test fails, or its machine is busy.
PATIENCE_MS = 25_000
TURN_MS = 20
SOMETHING = object()
# What is not there yet, or is another one by now, has no width.
DECODED = "image => image.decode().then(() => image.naturalWidth, () => 0)"

T = TypeVar("T")


def until(page: Page, read: Callable[[], T], wanted: object = SOMETHING) -> T:
    """What `read` gives, once it is `wanted`; without one, once it is something. `page` lets its
    browser be heard meanwhile, whatever is read."""
    for _ in range(PATIENCE_MS // TURN_MS):
        found = read()
        if found == wanted or (wanted is SOMETHING and found):
            return found
        page.wait_for_timeout(TURN_MS)
    found = read()
    assert found == wanted or (wanted is SOMETHING and found)
    return found


def holds(where: Page | Locator, script: str, arg: Any = None) -> None:
    """Waits until it is so: `script` is an expression, or a function of `arg`; of a locator, a
    function of its element and `arg`. It may give a promise."""
    page = where if isinstance(where, Page) else where.page
    until(page, lambda: bool(where.evaluate(script, arg)))


def gives(where: Page | Locator, script: str, wanted: Any, arg: Any = None) -> None:
    """Waits until it gives just that; where it never does, it is said what it gives."""
    page = where if isinstance(where, Page) else where.page
    until(page, lambda: where.evaluate(script, arg), wanted)


def fewer_than(found: Locator, limit: int) -> None:
    """There are some, and never that many."""
    expect(found.first).to_be_attached()
    assert found.count() < limit


def box_of(found: Locator) -> dict[str, float]:
    """Where it lies, once it lies still: what it stands beside may be drawn after it."""
    expect(found).to_be_visible()
    before: list[Any] = [None]

    def still() -> dict[str, float] | None:
        now = found.bounding_box()
        is_still, before[0] = now is not None and now == before[0], now
        return now if is_still else None

    box = until(found.page, still)
    assert box is not None
    return box


def picture_is(image: Locator, width: int) -> None:
    """The picture has come, and can be shown."""
    image.scroll_into_view_if_needed()
    gives(image, DECODED, width)


def picture_is_there(image: Locator) -> None:
    image.scroll_into_view_if_needed()
    holds(image, DECODED)


def texts(found: Locator) -> list[str]:
    """What they say now, without those that say nothing: for `until`."""
    return [text.strip() for text in found.all_inner_texts() if text.strip()]

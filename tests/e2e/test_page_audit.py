"""Who did what, on the page; and a desk that is nearly full."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.support.samples import a_busy_desk

pytestmark = pytest.mark.browser


def a_line(what, **fields):
    return {
        "at": "2026-11-22T03:01:00.000Z",
        "who": "6db65fd59fd356f6",
        "means": "link",
        "what": what,
        "job_id": None,
        "from": "192.0.2.7",
        "outcome": "ok",
        "revision": 7,
        "more": 0,
        "lost": 0,
        **fields,
    }


def rows(page):
    return page.locator(".audit li")


def test_it_is_told_newest_first_with_names_and_refusals(fake, open_desk):
    jobs = a_busy_desk()
    fake.put(*jobs)
    job = jobs[0]
    lines = [
        a_line("create_job", job_id=job["id"]),
        a_line("start_job", job_id="0" * 32, outcome="not_found", more=12),
        a_line("retention", who="system", means="system", job_id="1" * 32, **{"from": ""}),
        a_line("a_word_from_tomorrow", means="admin", lost=2),
    ]
    fake.do(lambda desk: setattr(desk, "audit", lines))
    page = open_desk()
    page.get_by_role("link", name="Who did what").click()
    expect(rows(page)).to_have_count(4)
    expect(rows(page).nth(0)).to_contain_text("a_word_from_tomorrow")
    expect(rows(page).nth(0)).to_contain_text("by the operator (6db65fd5), from 192.0.2.7")
    expect(rows(page).nth(0)).to_contain_text("2 lines before this could not be written.")
    expect(rows(page).nth(1)).to_contain_text("the server, by itself")
    expect(rows(page).nth(2)).to_contain_text("Refused: It is no longer there.")
    expect(rows(page).nth(2)).to_contain_text("And 12 more like this.")
    rows(page).nth(3).get_by_role("link", name=job["name"]).click()
    expect(page.get_by_role("heading", name=job["name"])).to_be_visible()


WINDOW = 128  # lines that the page reads at a time: 32 KiB of what the scripted desk says they have


def test_new_lines_come_by_themselves_and_older_ones_when_asked_for(fake, open_desk):
    fake.do(lambda desk: setattr(desk, "audit", [a_line("export")] * 900))
    page = open_desk("#audit")
    expect(rows(page)).to_have_count(WINDOW)
    page.get_by_role("button", name="Show earlier").click()
    expect(rows(page)).to_have_count(2 * WINDOW)

    def one_more(desk):
        desk.audit = [*desk.audit, a_line("rotate_link")]
        desk.touch()

    fake.do(one_more)
    expect(rows(page).nth(0)).to_contain_text("Made a new address")
    expect(rows(page)).to_have_count(2 * WINDOW + 1)


TRAIL = """async ([size, failing]) => {
  const { AuditTrail } = await import("/page/app/audit.js");
  const lines = Array.from({ length: size }, (_, number) => number);
  const asked = [];
  const api = {
    async audit(after) {
      await null;
      asked.push(after);
      if (asked.length === failing) throw { code: "offline" };
      const first = Math.ceil(Math.min(after, lines.length * 1000) / 1000);
      const found = lines.slice(first, first + 10);
      const next = (first + found.length) * 1000;
      return { lines: found, next, start: 0, size: lines.length * 1000 };
    },
  };
  const trail = new AuditTrail(api);
  const held = [];
  const note = () => held.push([trail.lines.value?.length ?? null, trail.earlier.value]);
  const turns = [trail.read(), trail.readEarlier(), trail.readEarlier(), trail.read()];
  lines.push(size);
  for (const turn of turns) {
    await turn;
    note();
  }
  await trail.read();
  note();
  const shown = trail.lines.value;
  return { held, gapless: shown.every((line, at) => line === shown[0] + at),
    last: shown.at(-1), failed: trail.error.value?.code ?? null };
}"""


def test_what_is_asked_for_while_it_is_read_is_read_next(fake, open_desk):
    page = open_desk()
    found = page.evaluate(TRAIL, [90, 0])
    # The second of two that wait for the same is not asked for.
    assert found["held"] == [[32, True], *[[65, True]] * 4]
    assert (found["gapless"], found["last"], found["failed"]) == (True, 90, None)
    for failing in range(1, 14):  # the calls before the last reading
        found = page.evaluate(TRAIL, [90, failing])
        assert found["gapless"], failing
        assert (found["last"], found["failed"]) == (90, None), failing
    found = page.evaluate(TRAIL, [20, 0])
    assert found["held"][0] == [21, False]


@pytest.mark.parametrize(("used", "shown"), [(799, False), (800, True), (1_000, True)])
def test_a_desk_that_is_nearly_full_says_so(fake, open_desk, used, shown):
    fake.put(*a_busy_desk())
    disk = {"used_bytes": used * 10**6, "limit_bytes": 10**9}

    def fill(desk):
        desk.disk = disk
        desk.touch()

    fake.do(fill)
    page = open_desk()
    expect(page.locator("[data-job]").first).to_be_visible()
    banner = page.locator(".banner")
    expect(banner).to_have_count(int(shown))
    if shown:
        expect(banner).to_contain_text(f"({used // 10} %)")


def test_a_job_that_waits_for_room_says_why(fake, open_desk):
    job = {**a_busy_desk()[0], "status": "paused", "reason": "quota"}
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    expect(page.locator(".job-head .status-text")).to_contain_text("the desk is full")

"""The browser's notification when a job has ended: asked for by a click, for who looks away."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import gives
from tests.e2e.support.samples import make_job

pytestmark = pytest.mark.browser

# What the browser would show, kept where the test can read it.
RECORDER = """
window.asked = 0; window.told = [];
window.Notification = class {
  static permission = "default";
  static async requestPermission() { window.asked += 1; this.permission = PERMISSION; }
  constructor(title, options) { window.told.push([title, options.body]); }
};
"""
HIDE = "() => Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })"


@pytest.fixture
def notified(fake, open_desk):
    def opened(permission="granted"):
        job = make_job("spring list", total=10, ok=4)
        fake.put(job)
        page = open_desk(locale="en-US")
        page.add_init_script(RECORDER.replace("PERMISSION", f'"{permission}"'))
        page.reload()
        page.locator("[data-job]").wait_for()
        return page, job

    return opened


def ends(fake, page, job):
    page.evaluate(HIDE)
    counts = {**job["counts"], "ok": 9, "failed": 1, "done": 10}
    fake.put({**job, "status": "partially_completed", "counts": counts})
    # Until somebody looks, the title says how it ended.
    expect(page).to_have_title("Done, with failures: spring list")


def test_nothing_is_asked_or_told_by_itself(fake, notified):
    page, job = notified()
    ends(fake, page, job)
    gives(page, "[asked, told]", [0, []])


def test_who_switched_it_on_is_told_once(fake, notified):
    page, job = notified()
    switch = page.get_by_role("button", name="Notify me")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    gives(page, "asked", 1)
    ends(fake, page, job)
    told = [["spring list", "Done, with failures: 10 items, 1 failed"]]
    gives(page, "told", told)
    fake.put({**fake.do(lambda desk: desk.jobs[job["id"]]), "priority": 3})
    fake.put(make_job("autumn list", total=10))
    expect(page).to_have_title("0 % fetch: autumn list")
    gives(page, "told", told)


def test_a_refusal_of_the_browser_is_said(fake, notified):
    page, _ = notified("denied")
    switch = page.get_by_role("button", name="Notify me")
    switch.click()
    expect(switch).to_be_disabled()
    expect(switch).to_have_attribute("title", "The browser refuses notifications for this "
                                     "address; its settings allow them again")  # fmt: skip

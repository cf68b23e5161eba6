"""The log of a job as it is written: every line, in order, whoever scrolls where."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import fewer_than
from tests.e2e.support.samples import log_lines, make_job

pytestmark = pytest.mark.browser

MANY = 12_000


@pytest.fixture
def logged(fake, open_desk):
    """A running job with a long log, and the page that shows its end."""
    job = make_job("logged", total=1000)
    fake.do(lambda desk: desk.log.update({job["id"]: log_lines(MANY, first_error=6005)}))
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}#log")
    expect(page.get_by_text("12,000 lines")).to_be_visible()
    return job, page


def test_lines_come_without_news_of_the_job_and_a_reader_keeps_the_place(fake, logged):
    job, page = logged
    expect(page.locator(".line").last).to_contain_text("line 11999:")
    fewer_than(page.locator(".line"), 100)
    frame = page.locator(".log .scroll")
    frame.evaluate("frame => frame.scrollTo(0, 1000)")
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    # Forty-six lines of 22 px are above; some more are drawn, for whoever scrolls back.
    seen = page.locator(".line").nth(6)
    expect(seen).to_contain_text("line 45:")

    # Nothing is said of the job; its log is read on by itself.
    fake.do(lambda desk: desk.log[job["id"]].extend(log_lines(1000)))
    expect(page.get_by_text("13,000 lines")).to_be_visible()
    expect(frame).to_have_js_property("scrollTop", 1000)
    expect(seen).to_contain_text("line 45:")
    page.get_by_role("button", name="Follow").click()
    expect(page.locator(".line").last).to_contain_text("line 999:")
    fewer_than(page.locator(".line"), 100)


def test_a_level_leaves_out_lines_and_loses_none(fake, logged):
    job, page = logged
    page.get_by_label("Show").select_option("warning")
    # Every tenth is a warning, and one is an error.
    expect(page.get_by_text("1,201 lines")).to_be_visible()
    page.get_by_role("button", name="First error").click()
    expect(page.locator(".line.error")).to_contain_text("line 6005:")
    fake.do(lambda desk: desk.log[job["id"]].extend(log_lines(20)))
    expect(page.get_by_text("1,203 lines")).to_be_visible()
    page.get_by_label("Show").select_option("error")
    expect(page.locator(".line")).to_have_count(1)
    page.get_by_label("Show").select_option("all")
    expect(page.get_by_text("12,020 lines")).to_be_visible()


def test_a_level_without_lines_does_not_say_that_there_is_no_log(fake, open_desk):
    job = make_job("quiet", total=5)
    fake.do(lambda desk: desk.log.update({job["id"]: log_lines(5)}))
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}#log")
    expect(page.locator(".line")).to_have_count(5)
    page.get_by_label("Show").select_option("error")
    expect(page.get_by_text("No such lines.")).to_be_visible()

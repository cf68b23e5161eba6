"""Tokens on the page: the ledger, what a job will cost, what is missing for it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_batch import make_entry
from tests.e2e.support.samples import make_job

pytestmark = pytest.mark.browser


def rich(desk, job):
    desk.touch(job)
    batch = desk.batch
    batch.tokens = {"balance": 9_340, "free": 9_040, "held": 300}
    batch.plan, batch.limits = "small", {"max_items": 1_000, "max_priority": None}
    batch.entries = [make_entry(900, 10_000, 10_000, id="opening")]
    for at in range(60):
        batch.entries.append(make_entry(800 - at, -11, 9_989 - 11 * at, id=f"{job['id']}:{at}",
                                        job_id=job["id"]))  # fmt: skip


def test_the_ledger_says_what_there_is_and_what_moved_it(fake, open_desk):
    job = make_job("spring list", status="completed", ok=500)
    fake.do(lambda desk: rich(desk, job))
    page = open_desk()
    page.get_by_role("link", name="Tokens 9,040").click()
    sums = page.locator(".sums div")
    expect(sums.filter(has_text="Free")).to_contain_text("9,040")
    expect(sums.filter(has_text="Held")).to_contain_text("300")
    expect(sums.filter(has_text="Spent")).to_contain_text("660")
    expect(page.locator(".plan")).to_contain_text("Plan: small")
    expect(page.locator(".plan .fact")).to_have_count(1)
    rows = page.locator(".ledger tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("−11")
    expect(rows.first).to_contain_text("9,340")
    expect(rows.first.get_by_role("link", name="spring list")).to_be_visible()
    page.get_by_role("button", name="Older").click()
    expect(rows).to_have_count(11)
    expect(rows.last).to_contain_text("Opening balance")
    expect(rows.last).to_contain_text("+10,000")
    expect(page.get_by_role("button", name="Older")).to_be_disabled()
    page.get_by_role("button", name="Newer").click()
    expect(rows).to_have_count(50)


def test_a_price_is_said_before_the_start_and_what_is_missing(fake, open_desk):
    def set_up(desk):
        desk.batch.prices = {"fetch": 2, "visit": 0, "tab": 0}
        desk.batch.tokens = {"balance": 5, "free": 5, "held": 0}

    fake.do(set_up)
    fake.do(lambda desk: desk.touch())
    page = open_desk("#new")
    cost = page.locator(".cost")
    expect(cost).to_have_count(0)
    page.locator("textarea[name=items]").fill("https://example.com/1\nhttps://example.com/2")
    expect(cost).to_contain_text("Costs 4 tokens")
    expect(cost).not_to_contain_text("missing")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    page.locator("textarea[name=items]").fill("https://example.com/1\n" * 4)
    expect(cost).to_contain_text("Costs 8 tokens")
    expect(cost).to_contain_text("3 are missing")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    page.locator("input[name=kind][value=visit]").check()
    expect(cost).to_contain_text("4 items")
    expect(cost).not_to_contain_text("Costs")


def test_a_refusal_says_how_much_is_missing(fake, open_desk):
    details = {"required": 1_200, "balance": 200}
    error = {"code": "insufficient_tokens", "message": "needs tokens", "details": details}
    fake.do(lambda desk: desk.refusals.update(create=(402, error)))
    page = open_desk("#new")
    page.locator("textarea[name=items]").fill("https://example.com/1")
    page.get_by_role("button", name="Start").click()
    told = page.get_by_role("alert").filter(has_text="insufficient_tokens")
    expect(told).to_contain_text("costs 1,200 tokens and 200 are free: 1,000 are missing")
    expect(told).to_contain_text("ask the operator")

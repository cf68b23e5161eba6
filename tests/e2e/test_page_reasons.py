"""Reasons on a Chinese page: the same words as the server has for its dialects."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import gives
from tests.e2e.support.samples import make_job, make_outcome
from tests.web.test_reasons import SAID
from web.reasons import in_chinese

pytestmark = pytest.mark.browser

UNKNOWN = "row 3: nobody has written this"
ENDLESS = "row 1: " * 5_000 + "refused"
REFUSED = "connection refused by a.example:80"
READ = """reasons => import("/page/app/reasons.js").then(({ reasonIn }) => reasons.map(reasonIn))"""


def failed(fake, error):
    job = make_job("down", status="failed", total=1, failed=1)
    outcome = make_outcome(0, "failed", error=error, http_status=None)
    fake.do(lambda desk: desk.items.update({job["id"]: [outcome]}))
    fake.put(job)
    return f"/jobs/{job['id']}"


def test_a_chinese_page_says_them_as_the_dialects_do(fake, open_desk):
    page = open_desk(failed(fake, REFUSED), locale="zh-CN")
    row = page.locator("[data-item-row='0']")
    expect(row).to_contain_text("a.example:80 拒绝了连接")
    reasons = [*SAID, UNKNOWN, ENDLESS]
    gives(page, READ, [in_chinese(each) or each for each in reasons], reasons)
    page.get_by_role("button", name="English").click()
    expect(row).to_contain_text(REFUSED)


def test_where_the_words_cannot_be_had_the_reasons_stand_as_they_came(fake, windows):
    page = windows.context(locale="zh-CN").new_page()
    page.route("**/zh-reasons.json", lambda route: route.abort())
    page.goto(fake.address + failed(fake, REFUSED))
    expect(page.locator("[data-item-row='0']")).to_contain_text(REFUSED)

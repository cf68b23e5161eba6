"""The desk's pool of proxies on the page: seen without passwords, changed, checked."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

MASKED = "http://***@b.example:8080"


class Pool:
    """What the server would say, by the requests that the page makes."""

    def __init__(self):
        self.proxies = [MASKED]

    def answer(self, route):
        request = route.request
        if request.url.endswith("/check"):
            return self._check(route, request.post_data_json["address"])
        if request.method == "PUT":
            self.proxies = request.post_data_json["proxies"]
        rows = [{"address": each, "ok": 3, "failed": 1} for each in self.proxies]
        entries = [{**row, "benched_until": "2026-01-02T03:04:05Z"} for row in rows]
        told = {"proxies": entries, "server": {"count": 2, "benched": 0}, "revision": 1}
        return route.fulfill(content_type="application/json", body=json.dumps(told))

    def _check(self, route, address):
        good = "bad" not in address
        if good:
            self.proxies.append(address)
        told = {"valid": good, "message": "no <b>answer</b>", "count": int(good), "wrong": 0}
        return route.fulfill(content_type="application/json", body=json.dumps(told))


def test_the_pool_is_shown_changed_and_added_to(open_desk):
    pool = Pool()
    page = open_desk()
    page.route("**/proxies", pool.answer)
    page.route("**/proxies/check", pool.answer)
    page.get_by_role("link", name="Proxies").click()
    proxies = page.locator("textarea[name=proxies]")
    expect(proxies).to_have_value(f"{MASKED}\n")
    expect(page.get_by_text("3 answers, 1 failures · passed over until")).to_be_visible()
    expect(page.get_by_text("The server has 2 more")).to_be_visible()
    proxies.fill(f"{MASKED}\n\na.example:1\n")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved")).to_be_visible()
    assert pool.proxies == [MASKED, "a.example:1"]
    page.locator("input[name=check]").fill("http://bad.example:1")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Of no use: no <b>answer</b>")).to_be_visible()
    page.locator("input[name=check]").fill("http://c.example:1")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Of use: 1 found")).to_be_visible()
    expect(proxies).to_have_value(f"{MASKED}\na.example:1\nhttp://c.example:1\n")


def test_a_new_job_asks_for_the_pool_where_it_is_ticked(fake, open_desk):
    page = open_desk()
    page.get_by_role("link", name="New job").click()
    page.locator("textarea[name=items]").fill("http://a.example/")
    page.get_by_text("More settings").click()
    page.get_by_label("Use the pool of proxies").check()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="New job")).to_have_count(0)
    made = fake.do(lambda desk: [body for _, what, _, body in desk.requests if what == "jobs"])
    assert [body["spec"]["proxy_pool"] for body in made] == [True]

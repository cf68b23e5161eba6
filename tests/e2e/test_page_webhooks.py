"""The desk's webhooks on the page: added with a secret that is shown once, tested, removed."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import until

pytestmark = pytest.mark.browser

KEPT = {"id": "h1", "url": "https://a.example/told", "events": ["failed"], "waiting": 2}
FAILED = {"last_at": "2026-01-02T03:04:05Z", "last_error": "it <b>answered</b> 500"}


class Hooks:
    """What the server would say, by the requests that the page makes."""

    def __init__(self):
        self.hooks = [{**KEPT, **FAILED}]
        self.tested = []
        self.refusal = None

    def answer(self, route):
        if route.request.method == "PUT":
            if self.refusal is not None:
                return route.fulfill(status=400, json={"error": self.refusal})
            known = {each["id"]: each for each in self.hooks}
            wanted = route.request.post_data_json["webhooks"]
            self.hooks = [known.get(each.get("id")) or self._new(each) for each in wanted]
        told = {"webhooks": self.hooks, "revision": 1, "durable": True}
        body = json.dumps({**told, "webhooks": [{"secret": None, **each} for each in self.hooks]})
        # A secret is told once.
        for each in self.hooks:
            each.pop("secret", None)
        return route.fulfill(content_type="application/json", body=body)

    def _new(self, wanted):
        told = {"waiting": 0, "last_at": None, "last_error": None, "secret": "whsec_shown"}
        return {"id": f"h{len(self.hooks) + 1}", **wanted, **told}

    def test(self, route):
        self.tested.append(route.request.url.split("/")[-2])
        return route.fulfill(json={"revision": 2, "durable": True})


@pytest.fixture
def hooks():
    return Hooks()


@pytest.fixture
def page(open_desk, hooks):
    page = open_desk()
    page.route("**/webhooks", hooks.answer)
    page.route("**/webhooks/*/test", hooks.test)
    page.get_by_role("link", name="Webhooks").click()
    return page


def test_one_is_added_and_its_secret_shown_until_the_page_is_left(page, hooks):
    expect(page.get_by_text("it <b>answered</b> 500 · 2 messages wait")).to_be_visible()
    page.locator("input[name=url]").fill(" https://b.example/told ")
    page.get_by_label("Completed").uncheck()
    page.get_by_label("Pass left out").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("whsec_shown")).to_be_visible()
    expect(page.get_by_role("button", name="Copy the secret")).to_be_visible()
    expect(page.locator("input[name=url]")).to_have_value("")
    new = hooks.hooks[1]
    assert (new["url"], new["events"]) == (
        "https://b.example/told",
        ["partially_completed", "failed", "pass_skipped"],
    )
    assert hooks.hooks[0]["id"] == "h1"
    page.get_by_role("button", name="Remove https://a.example/told").click()
    expect(page.get_by_text("https://a.example/told")).to_have_count(0)
    expect(page.get_by_text("whsec_shown")).to_be_visible()
    page.get_by_role("link", name="Proxies").click()
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_text("https://b.example/told")).to_be_visible()
    expect(page.get_by_text("whsec_shown")).to_have_count(0)


def test_one_is_tested_and_removed(page, hooks):
    page.get_by_role("button", name="Test https://a.example/told").click()
    until(page, lambda: hooks.tested, ["h1"])
    expect(page.get_by_role("button", name="Test https://a.example/told")).to_be_enabled()
    page.get_by_role("button", name="Remove https://a.example/told").click()
    expect(page.get_by_text("Nobody is told yet.")).to_be_visible()
    assert hooks.hooks == []


def test_a_refusal_is_shown_and_what_was_typed_stays(page, hooks):
    wrong = {"index": 1, "field": "webhooks", "reason": "has a url that <i>is none</i>"}
    details = {"errors": [wrong], "error_count": 1}
    hooks.refusal = {"code": "invalid_request", "message": "no", "details": details}
    page.locator("input[name=url]").fill("https://b.example/")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".form-error").get_by_text("<i>is none</i>")).to_be_visible()
    expect(page.locator("input[name=url]")).to_have_value("https://b.example/")
    assert len(hooks.hooks) == 1


def test_nothing_can_be_added_without_an_event_or_an_address(page):
    add = page.get_by_role("button", name="Add", exact=True)
    expect(add).to_be_disabled()
    page.locator("input[name=url]").fill("https://b.example/")
    expect(add).to_be_enabled()
    for name in ("Completed", "Done, with failures", "Failed"):
        page.get_by_label(name, exact=True).uncheck()
    expect(add).to_be_disabled()

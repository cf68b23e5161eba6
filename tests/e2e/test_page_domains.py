"""The desk's lists of domains on the page: seen, changed, and refused by the wrong line."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_desk import FakeDesk
from tests.e2e.support.samples import a_busy_desk

pytestmark = pytest.mark.browser


def only_these(page):
    return page.locator("textarea[name=allow]")


def never_these(page):
    return page.locator("textarea[name=deny]")


def test_the_lists_are_shown_changed_and_kept(fake, open_desk):
    lists = {"allow": [], "deny": ["ads.example"]}
    fake.do(lambda desk: setattr(desk, "egress", lists))
    page = open_desk()
    page.get_by_role("link", name="Domains").click()
    expect(never_these(page)).to_have_value("ads.example\n")
    only_these(page).fill("# mine\nexample.com\n\n  *.example.org \n")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved")).to_be_visible()
    expect(only_these(page)).to_have_value("example.com\n*.example.org\n")
    kept = fake.do(lambda desk: desk.egress)
    assert kept == {"allow": ["example.com", "*.example.org"], "deny": ["ads.example"]}
    only_these(page).fill("")
    expect(page.get_by_role("status").get_by_text("Saved")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(only_these(page)).to_have_count(0)


def test_a_wrong_name_is_shown_with_its_line(fake, open_desk):
    error = {
        "code": "invalid_request",
        "message": "deny: is no domain",
        "details": {
            "errors": [{"index": 1, "field": "deny", "reason": "is no domain"}],
            "error_count": 1,
        },
    }
    fake.do(lambda desk: desk.refusals.update(egress=(400, error)))
    page = open_desk("#domains")
    never_these(page).fill("a.example\n\n<img src=x>\n")
    page.get_by_role("button", name="Save").click()
    alert = page.locator(".form-error")
    expect(alert.get_by_text("Line 3:")).to_be_visible()
    expect(alert.locator("code bdi")).to_have_text("<img src=x>")
    fake.do(lambda desk: desk.refusals.clear())
    page.get_by_role("button", name="Save").click()
    expect(alert).to_have_count(0)


def test_the_form_says_it_where_the_lists_cannot_be_had(fake, open_desk, tmp_path):
    fake.put(*a_busy_desk())
    fake.do(FakeDesk.touch)
    page = open_desk()
    page.route("**/egress", lambda route: route.abort())
    page.get_by_role("link", name="Domains").click()
    expect(page.locator(".form-error")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()

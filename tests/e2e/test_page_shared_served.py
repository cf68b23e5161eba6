"""A share link from end to end: made on a real desk, looked through by somebody else, ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.support.axe import violations
from tests.e2e.support.real_server import sample_origin, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def nightdesk(tmp_path_factory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("nightdesk") / "data") as address:
        yield address


def test_who_has_the_link_sees_it_move_changes_nothing_and_learns_no_key(windows, nightdesk):
    with httpx.Client(base_url=nightdesk) as owner:
        key = owner.post("/api/desks").json()["desk_id"]
        base = f"/api/desks/{key}"
        # The first is not there; the last answers after seconds, and is at work when looked at.
        urls = [f"{sample_origin(nightdesk)}/page/{at}" for at in (13, 2, 99)]
        body = {"kind": "fetch", "items": urls, "name": "spring list", "start": True}
        job = owner.post(f"{base}/jobs", json=body).json()["job"]["id"]
        wanted = {"job": job, "name": "for Bo", "files": False}
        made = owner.post(f"{base}/shares", json=wanted).json()

        seen: list[str] = []
        context = windows.context()
        context.on("request", lambda request: seen.append(request.url))
        page = context.new_page()
        page.on("websocket", lambda socket: seen.append(socket.url))

        def heard(told: object) -> None:
            seen.append(str(told))

        page.on("websocket", lambda socket: socket.on("framereceived", heard))
        page.goto(made["url"])
        expect(page.locator("[data-link]")).to_have_text("live")
        expect(page.locator(".side")).to_contain_text("Shared with you, to look at")
        expect(page.locator(".side")).to_contain_text("for Bo")
        expect(page.locator("[data-job] .name")).to_have_text(["spring list"])
        for words in ("New job", "Pause: spring list", "More for spring list", "Notify me"):
            expect(page.get_by_text(words).or_(page.get_by_label(words))).to_have_count(0)
        assert violations(page) == []
        page.locator("[data-job] .name").click()
        expect(page).to_have_url(re.compile(f"/v/{made['token']}/jobs/{job}$"))
        tabs = page.locator(".tabs a")
        expect(tabs).to_have_text(["Items", "Log", "Files", "Chart", "History"])
        expect(page.locator(".job-facts .counts")).to_have_text("3 / 3")
        expect(page.locator("[data-item-row]").nth(1)).to_contain_text("HTTP 200")
        # What was to be tried again by its owner can still be taken away.
        expect(page.locator("[data-job] a[download]")).to_have_count(1)
        expect(page.get_by_role("button", name=re.compile("Delete|Retry|Try"))).to_have_count(0)
        assert violations(page) == []
        page.keyboard.press("n")  # as "p" and the others, it changes nothing here
        expect(page.get_by_role("form")).to_have_count(0)
        tabs.nth(1).click()
        expect(page.locator(".line").first).to_be_visible()
        tabs.nth(4).click()
        expect(page.locator(".timeline li").first).to_contain_text("Made")
        expect(page.locator(".timeline")).to_contain_text("All items have ended")
        expect(page.locator(".timeline")).not_to_contain_text("by ")
        assert context.cookies() == []
        assert not any(key in told for told in (*seen, page.content(), page.url))

        assert owner.delete(f"{base}/shares/{made['share']['id']}").status_code == 200
        expect(page.get_by_role("heading", name="This link shows nothing")).to_be_visible()
        what = {line["what"] for line in owner.get(f"{base}/audit").json()["lines"]}
        assert {"make_share", "use_share", "end_share"} <= what

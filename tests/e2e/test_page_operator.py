"""The operator's page, at a real server: the way in, what is seen, what is done, and its loss."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect

from nightdesk.cli.app import run
from nightdesk.client import Client
from state.views import desk_key
from tests.e2e.support.axe import violations
from tests.e2e.support.real_server import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """(address, folder) of a server with a desk that cannot be read."""
    data = tmp_path_factory.mktemp("house") / "data"
    (data / "sessions").mkdir(parents=True)
    (data / "sessions" / f"{desk_key('local')}.json").write_text("{")
    with serving(data, "--proxy", "http://u:hidden-word@127.0.0.1:9") as address:
        yield address, data


def token_of(capsys, data, *more):
    run(["token", "root", *more, "--data", str(data)], {})
    return capsys.readouterr().out.strip()


def enter(page, token):
    page.get_by_label("Token", exact=True).fill(token)
    page.get_by_role("button", name="Look", exact=True).click()


def look(page):
    """What brings the next look at once."""
    page.evaluate("window.dispatchEvent(new Event('online'))")


def test_an_operator_sees_the_house_and_helps_a_desk(house, windows, capsys):
    address, data = house
    with Client(address) as client:
        desk = client.create_desk()
    with Client(address, desk=desk.desk_id) as client:
        client.submit(["http://192.0.2.1/"], start=False)
    assert httpx.get(f"{address}/api/desks/local").status_code == 503
    page = windows.open(f"{address}/operator", locale="en-GB")
    enter(page, token_of(capsys, data))
    expect(page.get_by_role("alert")).to_contain_text("it needs --admin")
    enter(page, "no.such.token")
    expect(page.get_by_role("alert")).to_contain_text("opens nothing")
    enter(page, token_of(capsys, data, "--admin"))

    figures = page.locator(".figures")
    expect(figures).to_contain_text("Desks awake")
    alarms = page.get_by_label("What wants your eye")
    expect(alarms).to_contain_text(f"Desk {desk_key('local')[:12]} is parked")
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    key = desk_key(desk.desk_id)
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name=key[:12]))
    expect(row).to_contain_text("awake")
    settings = page.get_by_role("region", name="Settings in effect")
    expect(settings.get_by_role("row").filter(has_text="--proxy")).to_contain_text("set, not shown")
    expect(page.locator("body")).not_to_contain_text("hidden-word")
    expect(page.locator("body")).not_to_contain_text(desk.desk_id)

    row.get_by_role("button").click()
    panel = page.locator(".desk-panel")
    panel.get_by_label("Add", exact=True).fill("500")
    panel.get_by_role("button", name="Grant").click()
    expect(panel.get_by_role("status")).to_contain_text("500 granted; the balance is 10,500.")
    expect(row).to_contain_text("10,500")
    panel.get_by_role("checkbox").check()
    panel.get_by_role("button", name="Make a new address").click()
    made = panel.locator(".address")
    expect(made).to_contain_text(f"{address}/s/")
    expect(made).not_to_contain_text(desk.desk_id)
    panel.get_by_role("button", name="Read the newest lines").click()
    # That it is read is a line, too, which may be written by then.
    trail = panel.locator(".trail li").filter(has_text="by the operator")
    for what in ("Granted tokens", "Made a new address"):
        expect(trail.filter(has_text=what)).to_have_count(1)
    assert violations(page) == []

    # A reload forgets the token, where nobody asked for it to be kept.
    page.reload()
    expect(page.get_by_label("Token", exact=True)).to_be_focused()
    assert violations(page) == []
    page.get_by_role("checkbox").check()
    enter(page, token_of(capsys, data, "--admin"))
    expect(figures).to_be_visible()
    page.reload()
    expect(figures).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("region", name="生效的设置")).to_be_visible()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("令牌")).to_be_visible()
    page.reload()
    expect(page.get_by_label("令牌")).to_be_visible()


def test_what_was_last_heard_is_said_to_be_old(house, windows, capsys):
    address, data = house
    page = windows.open(f"{address}/operator")
    enter(page, token_of(capsys, data, "--admin"))
    expect(page.locator(".figures")).to_be_visible()
    page.route("**/api/operator/**", lambda route: route.abort())
    look(page)
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.locator(".figures")).to_be_visible()
    page.unroute("**/api/operator/**")
    look(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.route("**/api/operator/**", lambda route: route.fulfill(status=401, json={"error": {
        "code": "unauthorized", "message": "ended", "details": {}}}))  # fmt: skip
    look(page)
    expect(page.get_by_label("Token", exact=True)).to_be_visible()


def test_the_api_is_found_read_and_tried(house, windows):
    address, _ = house
    page = windows.open(f"{address}/docs")
    index = page.get_by_role("navigation", name="Operations")
    index.get_by_role("searchbox").fill("job export")
    expect(index.get_by_role("status")).to_contain_text("1 operation found")
    index.get_by_role("link").filter(has_text="/export").first.click()
    expect(page).to_have_url(re.compile("#get_export$"))
    expect(page.get_by_role("heading", level=2)).to_contain_text("/jobs/{job}/export")
    expect(page.locator(".fields").first).to_contain_text("format")
    snippet = page.get_by_role("region", name="How to ask")
    expect(snippet).to_contain_text(
        f"curl --fail-with-body '{address}/api/desks/{{desk}}/jobs/{{job}}/export'"
    )
    page.get_by_role("button", name="Python", exact=True).click()
    expect(snippet).to_contain_text("urllib.request")
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    expect(index).to_be_hidden()
    page.get_by_role("link", name="All operations").click()
    expect(index).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})

    page.goto(f"{address}/docs#create_job")
    expect(page.locator(".fields").filter(has_text="priority").first).to_contain_text(
        "-100…100, = 0"
    )
    expect(page.get_by_role("heading", name="Try it")).to_have_count(0)
    page.goto(f"{address}/docs#get_sample")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".came")).to_contain_text("application/json")
    expect(page.get_by_role("region", name="Answer")).to_contain_text('"items": [')
    page.goto(f"{address}/docs#get_desk")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".came")).to_contain_text("desk_unavailable")

"""Background runs on the page: started, seen step by step, picked up again, stopped, shown."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_journeys import at_work, make_journey, make_run, picture, step_of
from tests.e2e.support.reading import gives, holds, picture_is
from tests.e2e.support.samples import HOSTILE, make_job, make_outcome, stamp
from tests.e2e.test_page_feed import hide

pytestmark = pytest.mark.browser

WIDTH = "image => image.getBoundingClientRect().width"
PATH = [{"do": "goto", "url": "https://shop.example.com/"}, {"do": "click", "text": "Sign in"}]
ORDERS = make_journey("Orders", path=PATH)
NEWS = make_journey("News")


@pytest.fixture
def journeys(fake):
    fake.do(lambda desk: setattr(desk.journeys, "kept", [ORDERS, NEWS]))


@pytest.fixture
def open_journeys(fake, windows, journeys):
    def opened(**options):
        page = windows.open(f"{fake.address}/journeys", **options)
        page.wait_for_selector("[data-link=live]")
        page.wait_for_selector("[data-journey]")
        return page

    return opened


def pending(journey, index):
    return {"index": index, "status": "pending", **{k: journey[k] for k in ("id", "name", "url")}}


def run_of_two(fake, done=0, **rest):
    job = make_run(2, ok=done, **rest)
    rows = [pending(ORDERS, 0), pending(NEWS, 1)]
    fake.do(lambda desk: desk.items.update({job["id"]: rows}))
    return job


def box(page):
    return page.locator("#background-task-status")


def requests(fake, verb):
    return fake.do(lambda desk: [one for one in desk.requests if one[1] == verb])


def test_what_is_chosen_runs_and_moves_step_by_step_until_it_is_stopped(fake, open_journeys):
    page = open_journeys()
    page.get_by_role("button", name="All", exact=True).click()
    page.get_by_label("Skip those that are completed").check()
    page.get_by_text("More options").click()
    page.get_by_label("Screenshot of each step").check()
    page.get_by_label("Window width, px").fill("800")
    page.get_by_label("Window height, px").fill("600")
    page.get_by_label("Basic auth: user").fill("alice")
    page.get_by_label("Basic auth: password").fill("open sesame")
    page.get_by_role("button", name="Run 2 selected").click()
    expect(box(page)).to_contain_text("Done0 / 2")
    [(_, _, headers, body)] = requests(fake, "start")
    assert body == {
        "indices": [0, 1],
        "auto_generate": True,
        "ignore_completed": False,
        "options": {
            "screenshot_each_step": True,
            "viewport": {"width": 800, "height": 600},
            "basic_auth": {"username": "alice", "password": "open sesame"},
        },
    }
    assert re.fullmatch("[0-9a-f]{32}", headers["Idempotency-Key"])
    job = fake.do(lambda desk: next(iter(desk.jobs.values())))
    job = {**job, "status": "running"}
    fake.put(at_work(job, step_of(0, 1, 4, "click Sign in")))
    expect(box(page).locator(".at-work")).to_contain_text("Orders")
    expect(box(page)).to_contain_text("Click Sign in")
    expect(box(page)).to_contain_text("This one25%")
    expect(box(page).locator(".segment.flying")).to_have_attribute("style", "width: 12.5%;")
    fake.put(at_work(job, step_of(0, 3, 4)))
    expect(box(page).locator(".at-work")).to_contain_text("3 / 4 steps")
    page.reload()
    expect(box(page)).to_contain_text("This one75%")
    expect(page.locator(".journey-row").last).to_contain_text("To do")
    page.get_by_role("button", name="Stop the background run").click()
    expect(box(page)).to_contain_text("Stopped. What was done stays.")
    expect(page.locator(".journey-row").last).not_to_contain_text("To do")


def test_another_browser_finds_the_run_also_without_a_socket(fake, open_journeys, windows):
    job = run_of_two(fake, done=1)
    fake.put(at_work(job, step_of(1, 1, 2)))
    fake.do(lambda desk: desk.set_sockets(False))
    page = windows.open(f"{fake.address}/journeys", locale="zh-CN")
    expect(page.locator("[data-link=polling]")).to_be_visible()
    expect(box(page)).to_contain_text("已完成1 / 2")
    expect(box(page)).to_contain_text("总进度50%")
    expect(box(page)).to_contain_text("当前任务50%")
    expect(page.get_by_role("button", name="停止后台任务")).to_be_visible()
    ended = {**make_run(2, ok=2, status="completed"), "id": job["id"]}
    fake.put(ended)
    expect(box(page)).to_contain_text("后台任务全部完成！")
    expect(page.get_by_role("button", name="停止后台任务")).to_have_count(0)


def test_a_run_of_one_can_be_stopped_after_a_reload_too(fake, open_journeys):
    job = make_run(1)
    fake.put(at_work(job, step_of(0, 1, 2)))
    page = open_journeys()
    page.reload()
    stop = page.get_by_role("button", name="Stop the background run")
    stop.click()
    expect(stop).to_have_count(0)
    assert [one[3] for one in requests(fake, "cancel")] == [job["id"]]


def test_a_second_run_is_refused_in_words(fake, open_journeys):
    busy = {"code": "lane_busy", "message": "job 1 has not ended"}
    fake.do(lambda desk: desk.refusals.update(start=(409, busy)))
    page = open_journeys()
    page.get_by_label("Select “Orders”").or_(page.get_by_label("Select Orders")).check()
    page.get_by_role("button", name="Run 1 selected").click()
    expect(page.get_by_role("alert").get_by_text("A background run has not ended")).to_be_visible()


def test_the_list_tells_how_each_went(fake, open_journeys):
    job = run_of_two(fake, status="partially_completed", done=1)
    failed = {**make_outcome(1, "failed"), "id": NEWS["id"], "error": "no path yet"}
    fake.do(lambda desk: desk.items.update({job["id"]: [failed]}))
    fake.do(lambda desk: setattr(desk.journeys, "kept", [{**ORDERS, "completed": True}, NEWS]))
    fake.put({**job, "counts": {**job["counts"], "failed": 1, "done": 2}})
    page = open_journeys()
    rows = page.locator("[data-journey] .c-last")
    expect(rows).to_have_text(["Completed", "no path yet"])
    expect(box(page)).to_contain_text("Done; one of them failed.")


def step(do, label, **rest):
    return {"do": do, "label": label, "ok": True, "ms": 40, **rest}


def visited(index, **rest):
    return {
        **make_outcome(index),
        "name": "Orders",
        "title": HOSTILE,
        "steps": [
            step("goto", "open https://shop.example.com/"),
            step("click", "click Sign in", ok=False, error="no element within 30 s",
                 screenshot="00000-002-failed.png"),
        ],
        "steps_done": 1,
        "steps_total": 2,
        "extracted": {"sums": [["No.", "Sum"], ["7", HOSTILE]], "title": "Sign in"},
        "screenshots": ["00000-002-failed.png"],
        "console": [{"level": "error", "text": "boom"}],
        "dialogs": [{"type": "alert", "message": "Welcome!"}],
        "popups": 2,
        "downloads": [{"url": "javascript:alert(1)", "name": "price.pdf"}],
        "refused": [{"place": "10.0.0.1:80", "reason": "private"}],
        **rest,
    }  # fmt: skip


def open_item(fake, open_desk, outcome):
    job = make_run(1, status="failed", failed=1)
    fake.do(lambda desk: desk.items.update({job["id"]: [outcome]}))
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    page.locator("[data-item-row='0']").click()
    return page, page.get_by_role("region", name="Result in full")


def test_a_failed_journey_shows_what_failed_its_last_screenshot_and_console(fake, open_desk):
    error = "step 2 (click Sign in): no element within 30 s"
    page, full = open_item(fake, open_desk, visited(0, status="failed", error=error))
    first = full.locator("section").first
    expect(first).to_contain_text(error)
    expect(first).to_contain_text("boom")
    shot = first.get_by_role("img", name="Screenshot, step 2: failed")
    expect(shot).to_be_visible()
    picture_is(shot, 1280)
    small = shot.evaluate(WIDTH)
    first.get_by_role("button").first.click()
    expect(first.get_by_role("link", name="Download")).to_be_visible()
    holds(shot, f"image => ({WIDTH})(image) > {small}")
    for said in ("Welcome!", "2 popups were closed.", "10.0.0.1:80", "price.pdf", "1 / 2"):
        expect(full).to_contain_text(said)
    expect(full.get_by_role("cell", name=HOSTILE)).to_be_visible()
    expect(full.get_by_role("link", name="javascript:alert(1)")).to_have_count(0)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    full.get_by_role("button", name="Copy: sums").click()
    gives(page, "navigator.clipboard.readText()", f"No.\tSum\n7\t{HOSTILE}")


def test_a_failed_journey_of_the_desk_tells_its_cause_and_leads_to_its_steps(
    fake, open_desk, journeys
):
    error = "step 2 of 2 (click Sign in): waited 30 s: the page has no visible 'Sign in'"
    failed = visited(0, status="failed", error=error, http_status=200, id=ORDERS["id"])
    page, full = open_item(fake, open_desk, failed)
    expect(page.locator(".causes")).to_contain_text("1 × the page has no visible 'Sign in' from")
    full.get_by_role("button", name="Edit the journey").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Orders")


def test_a_path_that_was_found_can_be_kept(fake, open_desk):
    found = visited(0, status="ok", error=None, generated=True, path=PATH, id=None)
    page, full = open_item(fake, open_desk, found)
    expect(full.locator(".found-path li")).to_have_count(2)
    full.get_by_role("button", name="Keep as a journey").click()
    expect(page.locator(".step-say")).to_have_count(2)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    [kept] = fake.do(lambda desk: desk.journeys.kept)
    assert (kept["name"], kept["path"], kept["generated"]) == ("Orders", PATH, True)


# The timer of a second is the test's to run out.
HOLD = """() => {
    const later = window.setTimeout;
    window.held = [];
    window.setTimeout = (act, ms) => (ms === 1000 ? window.held.push(act) : later(act, ms));
}"""
RUN_OUT = "() => { for (const act of window.held.splice(0)) act(); }"
# What was asked for before it has been asked for when this is answered.
BARRIER = "() => fetch('/healthz').then((answer) => answer.text())"


def test_the_live_view_is_asked_for_only_while_somebody_looks(fake, open_desk):
    fake.do(lambda desk: setattr(desk.journeys, "frame", picture(640, 360)))
    shot = {"name": "00000-001-home.png", "size_bytes": 9, "modified_at": stamp()}
    fake.do(lambda desk: desk.artifacts.append(shot))
    job = make_run(1)
    fake.put(at_work(job, step_of(0, 1, 2)))
    page = open_desk(f"/jobs/{job['id']}")
    page.evaluate(HOLD)
    assert fake.do(lambda desk: desk.journeys.looks) == 0
    page.get_by_role("button", name="Watch the browser").click()
    canvas = page.get_by_role("img", name="The server's browser, item #0")
    expect(canvas).to_be_visible()
    expect(canvas).to_have_js_property("width", 640)
    pixel = "canvas => [...canvas.getContext('2d').getImageData(9, 9, 1, 1).data]"
    gives(canvas, pixel, [0x2E, 0x40, 0x57, 255])
    expect(page.get_by_role("img", name="Screenshot, step 1: home")).to_be_visible()
    fake.do(lambda desk: setattr(desk.journeys, "frame", None))
    page.wait_for_function("window.held.length > 0")
    page.evaluate(RUN_OUT)
    expect(page.get_by_text("There is nothing to see now.")).to_be_visible()
    page.wait_for_function("window.held.length > 0")
    hide(page, True)
    page.evaluate(RUN_OUT)
    page.evaluate(BARRIER)
    assert fake.do(lambda desk: desk.journeys.looks) == 2
    with page.expect_response("**/live*"):
        hide(page, False)
    page.get_by_role("button", name="Stop watching").click()
    expect(page.locator("canvas")).to_have_count(0)


def test_a_new_job_of_pages_in_a_browser(fake, open_desk):
    page = open_desk("#new")
    page.get_by_label("In a browser").check()
    page.locator("textarea[name=items]").fill("https://a.example/1\nhttps://a.example/2")
    page.get_by_label("Without a path").select_option("generate")
    page.get_by_text("More settings").click()
    page.get_by_label("User agent").fill("mine/1.0")
    page.get_by_label("Proxy", exact=True).fill("http://10.0.0.1:8080")
    page.get_by_label("Headers").fill("Accept-Language: de\n X-Own : a:b \nnone")
    page.get_by_role("textbox", name="Cookies").fill("Cookie: sid=a=b; theme=dark")
    page.get_by_label("Cookies are for the site").fill("a.example")
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    [(_, _, _, body)] = requests(fake, "jobs")
    assert body["kind"] == "visit"
    assert body["items"] == ["https://a.example/1", "https://a.example/2"]
    assert body["spec"] == {
        "user_agent": "mine/1.0",
        "proxy": "http://10.0.0.1:8080",
        "headers": {"Accept-Language": "de", "X-Own": "a:b", "none:": ""},
        "cookies": [
            {"name": "sid", "value": "a=b", "domain": "a.example"},
            {"name": "theme", "value": "dark", "domain": "a.example"},
        ],
        "without_path": "generate",
    }


EXPORTED = """[{"domain": ".a.example", "expirationDate": 1800000000.5, "hostOnly": false,
 "httpOnly": true, "name": "sid", "path": "/", "sameSite": "no_restriction", "secure": true,
 "session": false, "storeId": "0", "value": "x"}]"""


def test_cookies_that_a_browsers_tool_exported_are_taken_as_they_are(fake, open_desk):
    page = open_desk("#new")
    page.get_by_label("In a browser").check()
    page.locator("textarea[name=items]").fill("https://a.example/1")
    page.get_by_text("More settings").click()
    page.get_by_role("textbox", name="Cookies").fill(EXPORTED)
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    [(_, _, _, body)] = requests(fake, "jobs")
    assert body["spec"]["cookies"] == [
        {
            "domain": ".a.example",
            "expires": 1800000000.5,
            "http_only": True,
            "name": "sid",
            "path": "/",
            "same_site": "None",
            "secure": True,
            "value": "x",
        }
    ]


def test_the_sample_journeys_run_at_once(fake, open_desk):
    sample = [{"name": "Shop", "url": "http://127.0.0.1:9/shop/", "path": PATH}]
    fake.do(lambda desk: (desk.sample.append("http://127.0.0.1:9/1"),
                          desk.sample_journeys.extend(sample)))  # fmt: skip
    page = open_desk()
    page.get_by_role("button", name="Start: 1 journey of a browser").click()
    expect(page).to_have_url(re.compile("/journeys$"))
    expect(box(page)).to_contain_text("Done0 / 1")
    assert [one["name"] for one in fake.do(lambda desk: desk.journeys.kept)] == ["Shop"]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_nothing_spills_out_of_a_narrow_window(fake, open_journeys, locale):
    long = make_journey("a name without an end " * 8, url="https://example.com/" + "x" * 300)
    fake.do(lambda desk: desk.journeys.kept.append(long))
    job = run_of_two(fake)
    fake.put(at_work(job, step_of(0, 1, 2, "x" * 200)), make_job("another"))
    page = open_journeys(locale=locale, viewport={"width": 360, "height": 740})
    fits = "document.documentElement.scrollWidth <= innerWidth"
    expect(box(page).locator(".at-work")).to_be_visible()
    holds(page, fits)
    page.locator("[data-journey] .name").first.click()
    expect(page.locator(".step-say")).to_have_count(2)
    page.locator(".step-say").first.click()
    holds(page, fits)

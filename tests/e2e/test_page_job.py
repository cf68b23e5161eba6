"""A job's page and the new-job form: items, causes, log, files, settings, create and its errors."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import fewer_than, gives, holds
from tests.e2e.support.samples import (
    HOSTILE,
    log_lines,
    make_job,
    make_outcome,
    outcomes,
)

pytestmark = pytest.mark.browser


def put_job(fake, job, items=(), log=()):
    fake.do(lambda desk: (desk.items.update({job["id"]: list(items)}),
                          desk.log.update({job["id"]: list(log)})))  # fmt: skip
    fake.put(job)
    return f"/jobs/{job['id']}"


def test_the_table_pages_through_many_items(fake, open_desk):
    job = make_job("long", status="completed", total=5000, ok=5000)
    page = open_desk(put_job(fake, job, outcomes(5000, failed_every=10_000)))
    rows = page.locator("[data-item-row]")
    expect(rows.first).to_contain_text("shop.example.com/catalogue/page-1.html")
    expect(rows.first).to_contain_text("HTTP 200")
    fewer_than(rows, 80)
    page.locator(".items .scroll").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    expect(page.locator("[data-item-row='4999']")).to_contain_text("page-5000.html")
    expect(page.locator("[data-item-row='4999'] .c-index")).to_have_text("#4999")


def test_failed_items_by_filter_and_by_cause(fake, open_desk):
    job = make_job("press", status="partially_completed", total=50, ok=48, failed=2)
    page = open_desk(put_job(fake, job, outcomes(50)))
    expect(page.locator(".causes")).to_contain_text(re.compile("2 × 429 from shop.example.com"))
    expect(page.locator(".causes")).to_contain_text("slower pace")
    page.locator(".item-filters .filter", has_text="Failed").click()
    expect(page.locator("[data-item-row]")).to_have_count(2)
    page.get_by_role("button", name="Try the 2 failed again").first.click()
    expect(page.locator(".job-facts .status-text")).to_have_text("Waiting its turn")


def test_an_outcome_in_full_with_copy_and_safe_links(fake, open_desk):
    job = make_job("odd", status="failed", total=2, failed=2)
    strange = make_outcome(0, "failed", url="javascript:alert(1)", final_url=None, error=HOSTILE)
    page = open_desk(put_job(fake, job, [strange, make_outcome(1, "failed")]))
    page.locator("[data-item-row='0']").click()
    full = page.get_by_role("region", name="Result in full")
    expect(full).to_contain_text(HOSTILE)
    expect(full).to_contain_text("#0")
    expect(full).to_contain_text("javascript:alert(1)")
    expect(full.get_by_role("link")).to_have_count(0)
    page.locator("[data-item-row='0']").press("ArrowDown")
    expect(page.locator("[data-item-row='1']")).to_be_focused()
    page.keyboard.press("Enter")
    link = full.get_by_role("link")
    expect(link).to_have_attribute("rel", "noreferrer noopener")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    full.get_by_role("button", name="Copy: SHA-256").click()
    holds(page, "navigator.clipboard.readText().then((text) => text.startsWith('9f86d081'))")
    full.get_by_role("button", name="Close").click()
    expect(full).to_have_count(0)


def test_the_end_that_is_near_is_told_in_seconds(fake, open_desk):
    job = make_job("nearly", total=10, ok=7)
    job["progress"]["eta_s"] = 6.2
    # A browser of its own, since it keeps the language that is chosen.
    page = open_desk(put_job(fake, job, outcomes(7)), locale="en-GB")
    expect(page.locator(".job-facts .eta")).to_have_text("in about 10 s")
    page.get_by_label("Language").get_by_text("中文").click()
    expect(page.locator(".job-facts .eta")).to_have_text("约 10 秒后完成")


def test_items_follow_a_running_job(fake, open_desk):
    job = make_job("moving", total=10, ok=1)
    page = open_desk(put_job(fake, job, outcomes(1)))
    expect(page.locator("[data-item-row]")).to_have_count(1)
    put_job(fake, {**job, "counts": {**job["counts"], "ok": 3, "done": 3}}, outcomes(3))
    expect(page.locator("[data-item-row]")).to_have_count(3)


def test_the_log_follows_filters_and_finds_the_first_error(fake, open_desk):
    job = make_job("logged", total=1000)
    page = open_desk(put_job(fake, job, log=log_lines(1200, first_error=130)) + "#log")
    expect(page.get_by_text("line 1199: page 1199 of the list")).to_be_in_viewport()
    put_job(fake, job, log=log_lines(1201, first_error=130))
    expect(page.get_by_text("line 1200: page 1200 of the list")).to_be_in_viewport()
    page.get_by_role("button", name="First error").click()
    expect(page.get_by_text("line 130: page 130 of the list")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("combobox").select_option("error")
    expect(page.locator(".line")).to_have_count(1)
    expect(page.locator(".line .item-no")).to_have_text("#130")


def test_files_in_four_formats_and_what_was_made(fake, open_desk):
    job = make_job("made", status="completed", total=5, ok=5)
    made = {"name": "a b#1.zip", "size_bytes": 1_500_000, "modified_at": job["created_at"]}
    fake.do(lambda desk: desk.artifacts.append(made))
    page = open_desk(put_job(fake, job) + "#files")
    formats = page.locator(".formats a")
    expect(formats).to_have_count(4)
    for at, name in enumerate(("csv", "xlsx", "jsonl", "json")):
        expect(formats.nth(at)).to_have_attribute("href", re.compile(f"format={name}$"))
    link = page.get_by_role("link", name="a b#1.zip")
    expect(link).to_have_attribute("href", re.compile(r"/artifacts/a%20b%231\.zip$"))
    expect(page.locator(".files")).to_contain_text("1.5 MB")


def test_the_address_carries_job_and_tab(fake, open_desk):
    job = make_job("addressed", total=5, ok=2)
    page = open_desk(put_job(fake, job))
    page.get_by_role("link", name="Settings").click()
    expect(page).to_have_url(re.compile(r"#settings$"))
    page.reload()
    expect(page.locator(".of-settings")).to_contain_text(job["id"])
    page.go_back()
    expect(page.locator(".items")).to_be_visible()


def test_settings_tell_what_was_asked_for_and_no_secret(fake, open_desk):
    job = make_job("asked", total=5, ok=2)
    address = put_job(fake, job)
    spec = {
        "concurrency": 50,
        "headers": {"Cookie": {"secret": "header.0"}, "X-Team": HOSTILE},
        "proxies": [{"secret": "proxy.1"}, "socks5://127.0.0.1:9"],
        "follow_redirects": True,
        "max_body_bytes": 10_000_000,
        "of_another_kind": [],
    }
    failing = {"code": "desk_unavailable", "message": "restarting"}
    fake.do(
        lambda desk: (
            desk.refusals.update(job=(503, failing)),
            desk.specs.update({job["id"]: spec}),
        )
    )
    page = open_desk(address + "#settings")
    expect(page.get_by_text("The server did not answer this.")).to_be_visible()
    fake.do(lambda desk: desk.refusals.clear())
    fake.put(job)
    facts = page.locator(".of-settings dl").last.locator(".fact")
    expect(facts).to_have_text(
        [
            "At once50",
            f"HeadersCookie: kept secret (header.0)X-Team: {HOSTILE}",
            "Proxieskept secret (proxy.1)socks5://127.0.0.1:9",
            "Follow redirectsyes",
            "Read at most10.0 MB",
            "of_another_kindnone",
        ]
    )


def test_a_job_that_is_not_here_says_so(fake, open_desk):
    fake.put(make_job("another"))
    page = open_desk("/jobs/00000000-0000-4000-8000-00000000dead")
    expect(page.get_by_role("heading", name="This job is not here")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page).to_have_url(fake.address)


def sent(fake):
    return fake.do(lambda desk: [one for one in desk.requests if one[1] == "jobs"])


def test_a_new_job_from_pasted_addresses(fake, open_desk):
    page = open_desk("#new")
    page.locator("textarea[name=items]").fill(
        "https://a.example/1\n# a note\n\n  https://a.example/2  "
    )
    expect(page.get_by_text("2 addresses")).to_be_visible()
    page.get_by_label("At once").fill("50")
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    _, _, headers, body = sent(fake)[0]
    assert body == {
        "kind": "fetch",
        "name": "a.example",
        "numbered": True,
        "items": ["https://a.example/1", "https://a.example/2"],
        "spec": {"concurrency": 50},
        "start": True,
    }
    assert re.fullmatch("[0-9a-f]{32}", headers["Idempotency-Key"])


def test_looking_elsewhere_keeps_what_was_typed(fake, open_desk):
    fake.put(make_job("another"))
    page = open_desk("#new")
    page.locator("textarea[name=items]").fill("https://a.example/1")
    page.keyboard.press("Escape")  # out of the field,
    page.keyboard.press("Escape")  # out of the form
    expect(page.locator("textarea[name=items]")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.locator("textarea[name=items]")).to_have_value("https://a.example/1")


def test_bad_items_are_named_by_their_line_and_nothing_is_lost(fake, open_desk):
    errors = [{"index": 1, "field": "url", "reason": "no host"}]
    refusal = {"code": "invalid_spec", "message": "1 wrong",
               "details": {"errors": errors, "error_count": 60}}  # fmt: skip
    fake.do(lambda desk: desk.refusals.update(create=(400, refusal)))
    page = open_desk("#new")
    page.locator("textarea[name=items]").fill("https://a.example/1\n# a note\nhttps://")
    page.get_by_role("button", name="Save for later").click()
    alert = page.locator(".form-error")
    expect(alert).to_contain_text("Line 3: no host")
    expect(alert).to_contain_text("And 59 more.")
    expect(page.locator("textarea[name=items]")).to_have_value(re.compile("a note"))
    assert sent(fake)[0][3]["start"] is False


def test_a_repeated_send_keeps_its_key_and_a_changed_one_renews_it(fake, open_desk):
    page = open_desk("#new")
    page.locator("textarea[name=items]").fill("https://a.example/1")
    fake.do(lambda desk: desk.refusals.update(create=(503, {"code": "storage_unavailable",
                                                            "message": "later"})))  # fmt: skip
    for _ in range(2):
        with page.expect_response("**/jobs"):
            page.get_by_role("button", name="Start").click()
        expect(page.locator(".form-error")).to_be_visible()
    fake.do(lambda desk: desk.refusals.clear())
    page.get_by_label("Name").fill("other")
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in sent(fake)]
    assert keys[0] == keys[1] != keys[2]


def test_addresses_from_a_file(fake, open_desk, tmp_path):
    path = tmp_path / "spring.csv"
    path.write_text("url\nhttps://a.example/1\n")
    page = open_desk("#new")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("spring.csv")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile("/jobs/"))
    assert sent(fake)[0][3]["files"] == {"job": "blob", "items": "spring.csv"}


def test_what_the_disk_lost_of_a_job_is_said_in_the_language_of_the_page(fake, open_desk):
    job = make_job("press", status="completed", total=50, ok=50)
    job["damage"] = {"endings": 3, "lines": 1}
    # A browser of its own, since it keeps the language that is chosen.
    page = open_desk(put_job(fake, job, outcomes(50)), locale="en-GB")
    told = page.locator(".job-error")
    expect(told).to_contain_text("finished items lost: 3, unreadable lines: 1")
    page.get_by_role("group", name="Language").get_by_text("中文").click()
    expect(told).to_contain_text("丢失的已完成项目 3 个")


def test_beside_the_rate_stands_how_it_went_while_one_looked(fake, open_desk):
    job = make_job("fast", total=100, ok=10)
    fake.put(job)
    page = open_desk()
    page.clock.install()
    page.locator("[data-job] .name").click()
    curve = page.locator(".job-facts .rate + .curve")
    expect(curve).to_have_attribute("aria-hidden", "true")
    page.clock.run_for(10_000)
    drawn = "document.querySelector('.curve polyline')?.getAttribute('points') ?? ''"
    gives(page, f"({drawn}).split(' ').length >= 5", True)
    fake.put({**job, "status": "completed"})
    expect(curve).to_have_count(0)

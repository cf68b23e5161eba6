"""The journeys on the page: edited, moved, taken along, kept, and refused at their fields."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.fake_journeys import make_journey
from tests.e2e.support.reading import until
from tests.e2e.support.samples import HOSTILE

pytestmark = pytest.mark.browser

PATH = [
    {"do": "goto", "url": "https://shop.example.com/login"},
    {"do": "fill", "selector": "#user", "value": "alice"},
    {"do": "click", "text": "Sign in"},
]


@pytest.fixture
def keep(fake):
    """Journeys that the desk has, by their names and other fields."""

    def kept(*journeys):
        fake.do(lambda desk: setattr(desk.journeys, "kept", list(journeys)))
        return journeys

    return kept


@pytest.fixture
def open_journeys(fake, windows):
    def opened(path="", **options):
        page = windows.open(f"{fake.address}/journeys{path}", **options)
        page.wait_for_selector("[data-link=live]")
        return page

    return opened


def rows(page):
    return page.locator("[data-journey]")


def names(page):
    return page.locator("[data-journey] .name")


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved yet")).to_have_count(0)


def kept_by(fake):
    return fake.do(lambda desk: desk.journeys.kept)


def test_a_journey_made_step_by_step_comes_back_as_it_was(fake, open_journeys):
    page = open_journeys()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Orders")
    page.get_by_label("Begins at").fill("https://shop.example.com/")
    kinds = page.get_by_role("group", name="Add a step")
    kinds.get_by_role("button", name="Fill in").click()
    page.locator(".step-fields input[name=selector]").fill("#user")
    page.locator(".step-fields input[name=value]").fill("alice")
    kinds.get_by_role("button", name="Pause").click()
    page.locator(".step-fields input[name=ms]").fill("250")
    kinds.get_by_role("button", name="Scroll").click()
    page.locator(".step-fields input[name=to]").fill("400")
    page.locator(".step-fields input[name=screenshot]").check()
    save(page)
    [journey] = kept_by(fake)
    assert journey["path"] == [
        {"do": "fill", "selector": "#user", "value": "alice"},
        {"do": "wait_ms", "ms": 250},
        {"do": "scroll", "to": 400, "screenshot": True},
    ]
    expect(page).to_have_url(re.compile(f"/journeys#{journey['id']}$"))
    page.reload()
    said = page.locator(".step-say")
    expect(said).to_have_text(["Fill in #user", "Pause for 250 ms", "Scroll to 400"])
    expect(page.get_by_label("Name", exact=True)).to_have_value("Orders")


def test_steps_are_moved_copied_and_removed_by_the_keyboard(keep, fake, open_journeys):
    keep(make_journey("Orders", path=PATH))
    page = open_journeys()
    page.get_by_role("link", name="Orders").click()
    say = page.locator(".step-say")
    expect(say).to_have_count(3)
    say.nth(2).press("Alt+ArrowUp")
    expect(say.nth(1)).to_be_focused()
    expect(say.nth(1)).to_have_text("Click “Sign in”")
    page.get_by_role("button", name="Move step 2 up").press("Enter")
    expect(say.nth(0)).to_be_focused()  # where its own button has nothing left to do
    expect(page.locator(".step-first")).to_have_text("Open https://shop.example.com/")  # step 1
    page.get_by_role("button", name="Duplicate step 2").click()
    page.get_by_role("button", name="Remove step 4").click()
    save(page)
    assert [step["do"] for step in kept_by(fake)[0]["path"]] == ["click", "click", "fill"]


def test_the_list_is_ordered_chosen_and_cut(keep, fake, open_journeys):
    keep(*(make_journey(name, completed=name == "two") for name in ("one", "two", "three")))
    page = open_journeys()
    expect(names(page)).to_have_text(["one", "two", "three"])
    page.get_by_role("button", name="Move down: one").click()
    expect(names(page)).to_have_text(["two", "one", "three"])
    expect(page.get_by_role("button", name="Move down: one")).to_be_focused()
    page.keyboard.press("Enter")
    expect(names(page)).to_have_text(["two", "three", "one"])
    names(page).nth(2).press("Alt+ArrowUp")
    page.get_by_role("button", name="Select Not completed").or_(
        page.get_by_role("button", name="Not completed")
    ).click()
    expect(page.get_by_text("2 of 3 selected")).to_be_visible()
    names(page).first.click()
    page.get_by_role("button", name="Delete this journey").click()
    save(page)
    assert [journey["name"] for journey in kept_by(fake)] == ["one", "three"]


def test_a_file_of_journeys_comes_in_and_goes_out(keep, open_journeys, tmp_path):
    keep(make_journey("there", path=PATH))
    page = open_journeys()
    expect(rows(page)).to_have_count(1)
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"tasks": [{"name": HOSTILE, "url": "https://a.example/"},
                                          "https://b.example/x"]}))  # fmt: skip
    page.locator("input[name=journeys]").set_input_files(file)
    expect(names(page)).to_have_text(["there", HOSTILE, "b.example/x"])
    expect(page.get_by_text("2 of 3 selected")).to_be_visible()
    save(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    taken = json.loads(download.value.path().read_text())["journeys"]
    assert [journey["name"] for journey in taken] == ["there", HOSTILE, "b.example/x"]
    assert taken[0]["path"] == PATH
    assert "id" not in taken[0]
    file.write_text("{")
    page.locator("input[name=journeys]").set_input_files(file)
    expect(page.get_by_role("alert").get_by_text("This file is no JSON.")).to_be_visible()
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.items.add(new File(['[{"name": "dropped", "url": "https://c.example/"}]'], "c.json"));
        document.querySelector(".journeys").dispatchEvent(
            new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
    }""")
    expect(names(page).last).to_have_text("dropped")


def test_what_the_server_refuses_is_said_at_the_field(keep, fake, open_journeys):
    keep(make_journey("first"), make_journey("second", path=PATH))
    errors = [
        {"index": 1, "field": "path[1].selector", "reason": "is no selector"},
        {"index": 1, "field": "url", "reason": "must begin with http:// or https://"},
        {"index": 1, "field": "path[2]", "reason": "needs one of selector, text"},
    ]
    refusal = {"code": "invalid_spec", "message": "3 wrong",
               "details": {"errors": errors, "error_count": 3}}  # fmt: skip
    fake.do(lambda desk: desk.refusals.update(journeys=(400, refusal)))
    page = open_journeys()
    names(page).nth(1).click()
    page.get_by_label("Begins at").fill("ftp://shop.example.com/")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("3 things are wrong; each is marked at its field.")).to_be_visible()
    expect(rows(page).nth(1)).to_contain_text("3 things are wrong")
    begins = page.get_by_label("Begins at")
    expect(begins).to_have_attribute("aria-invalid", "true")
    expect(begins).to_have_accessible_description("must begin with http:// or https://")
    selector = page.locator("[data-step]").nth(1).locator("input[name=selector]")
    expect(selector).to_have_accessible_description("is no selector")
    expect(page.locator("[data-step]").nth(2)).to_contain_text("needs one of selector, text")
    selector.fill("#user")
    expect(selector).not_to_have_attribute("aria-invalid", "true")
    begins.fill("https://shop.example.com/")
    expect(rows(page).nth(1)).to_contain_text("one thing is wrong")


def test_steps_as_json_both_ways(keep, fake, open_journeys):
    [journey] = keep(make_journey("Orders", path=PATH, generated=True))
    page = open_journeys(f"#{journey['id']}")
    expect(page.get_by_text("found by the server")).to_be_visible()
    page.get_by_role("button", name="JSON", exact=True).click()
    field = page.get_by_label("Steps as JSON")
    expect(field).to_have_value(json.dumps(PATH, indent=2))
    field.fill('[{"do": "press"')
    expect(page.get_by_text("This is no JSON list of steps yet")).to_be_visible()
    field.fill('[{"do": "press", "key": "Enter"}]')
    page.get_by_role("button", name="JSON", exact=True).click()
    expect(page.locator(".step-say")).to_have_text(["Press Enter"])
    save(page)
    assert kept_by(fake)[0]["path"] == [{"do": "press", "key": "Enter"}]
    assert kept_by(fake)[0]["generated"] is False


def test_what_is_not_kept_is_guarded_and_can_be_given_up(keep, open_journeys):
    keep(make_journey("Orders"))
    page = open_journeys()
    names(page).first.click()
    page.get_by_label("Name", exact=True).fill("Other")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(names(page)).to_have_text("Other")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.reload()")
    expect(names(page)).to_have_text("Other")
    until(page, lambda: asked, ["beforeunload"])
    page.get_by_role("button", name="Discard changes").click()
    expect(names(page)).to_have_text("Orders")


def test_what_another_window_keeps_is_seen_here(keep, fake, open_journeys):
    keep(make_journey("one"))
    page = open_journeys()
    expect(names(page)).to_have_text("one")
    keep(make_journey("one"), make_journey("two"))
    fake.do(lambda desk: desk.touch())
    expect(names(page)).to_have_text(["one", "two"])


def test_journeys_that_cannot_be_read_can_be_replaced(fake, open_journeys):
    damaged = {"code": "files_damaged", "message": "the journeys cannot be read"}
    fake.do(lambda desk: desk.refusals.update(read_journeys=(410, damaged)))
    page = open_journeys()
    expect(page.get_by_role("alert").get_by_text("the journeys cannot be read")).to_be_visible()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Begins at").fill("https://shop.example.com/")
    save(page)
    assert [one["url"] for one in kept_by(fake)] == ["https://shop.example.com/"]


def test_two_windows_are_taken_together_or_asked(keep, fake, open_journeys):
    journeys = keep(make_journey("one"), make_journey("two"))
    page = open_journeys(f"#{journeys[0]['id']}")
    page.get_by_label("Name", exact=True).fill("mine")
    keep(journeys[0], {**journeys[1], "completed": True})
    save(page)
    assert [(one["name"], one["completed"]) for one in kept_by(fake)] == [
        ("mine", False),
        ("two", True),
    ]
    page.get_by_label("Name", exact=True).fill("mine again")
    keep({**kept_by(fake)[0], "name": "theirs"}, kept_by(fake)[1])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The journeys were changed in another window too.")).to_be_visible()
    page.get_by_role("button", name="Keep mine, overwrite those").click()
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    assert kept_by(fake)[0]["name"] == "mine again"
    page.get_by_label("Name", exact=True).fill("once more")
    keep({**kept_by(fake)[0], "name": "theirs"}, kept_by(fake)[1])
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Take those, drop mine").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("theirs")


def test_a_secret_that_the_server_keeps_is_not_shown_and_can_be_replaced(keep, fake, open_journeys):
    kept = {"do": "fill", "selector": "#password", "secret": True, "value": None}
    keep(make_journey("Orders", path=[kept]))
    page = open_journeys()
    names(page).first.click()
    page.locator(".step-say").click()
    value = page.locator(".step-fields input[name=value]")
    expect(value).to_have_attribute("placeholder", "kept, unchanged")
    expect(value).to_have_attribute("type", "password")
    page.locator(".step-fields input[name=timeout_s]").fill("5")
    save(page)
    assert kept_by(fake)[0]["path"] == [{**kept, "timeout_s": 5}]
    value.fill("correct horse")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    [taken] = json.loads(download.value.path().read_text())["journeys"]
    told = {field: said for field, said in kept.items() if field != "value"}
    assert taken["path"] == [{**told, "timeout_s": 5}]
    value.fill("")
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    value.fill("correct horse")
    save(page)
    assert kept_by(fake)[0]["path"][0]["value"] == "correct horse"

"""The forms of pictures, crawls and tags: what they send, and what they say of a refusal."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import holds
from tests.e2e.support.samples import make_job

pytestmark = pytest.mark.browser

UNFOLD = "document.querySelectorAll('summary').forEach((fold) => fold.click())"


def sent(fake):
    return fake.do(lambda desk: [one[3] for one in desk.requests if one[1] == "jobs"])


def form_of(open_desk, kind, **options):
    page = open_desk("#new", **options)
    page.locator(f"input[name=kind][value={kind}]").check()
    return page


def refuse(fake, *errors):
    details = {"errors": list(errors), "error_count": len(errors)}
    told = {"code": "invalid_spec", "message": "no", "details": details}
    fake.do(lambda desk: desk.refusals.update(create=(400, told)))


def test_pictures_are_asked_for_as_the_form_says(fake, open_desk):
    page = form_of(open_desk, "generate")
    page.locator("textarea[name=prompts]").fill("a red fox\n\n a lighthouse ")
    page.get_by_label("Pictures at once").fill("2")
    expect(page.get_by_text("4 pictures: 2 prompts × 2 each")).to_be_visible()
    page.get_by_label("Steps", exact=True).fill("30")
    expect(page.locator("#generate-steps-note")).to_contain_text("1 to 150 · usually 20")
    page.get_by_label("Second pass, larger").check()
    page.get_by_label("How much larger").fill("1.5")
    page.get_by_role("button", name="Add a LoRA").click()
    page.get_by_label("Name of LoRA 1").fill("ink")
    page.get_by_label("Words of LoRA 1").fill("ink wash, paper")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("/jobs/"))
    [job] = sent(fake)
    assert job == {
        "kind": "generate",
        "name": "a red fox",
        "numbered": True,
        "spec": {
            "steps": 30,
            "batch_size": 2,
            "enable_hr": True,
            "hr_scale": 1.5,
            "loras": [{"name": "ink", "weight": 1, "tags": ["ink wash", "paper"]}],
        },
        "items": ["a red fox", "a lighthouse"],
        "start": True,
    }


def test_a_refusal_is_said_at_the_fields_that_it_is_of(fake, open_desk):
    page = form_of(open_desk, "crawl")
    page.locator("textarea[name=items]").fill("# mine\nhttps://a.example/\nnot one")
    refuse(
        fake,
        {"index": None, "field": "robots", "reason": "only where the operator allows it"},
        {"index": 1, "field": "url", "reason": "must be an address"},
    )
    page.get_by_text("Pace and manners").click()
    page.get_by_label("Obey robots.txt").uncheck()
    page.get_by_text("Pace and manners").click()
    page.get_by_role("button", name="Save for later").click()
    # Its fold opens: what is wrong is in sight.
    expect(page.locator("#crawl-robots-note")).to_have_text("only where the operator allows it")
    expect(page.locator("#crawl-robots-note")).to_be_visible()
    expect(page.locator(".form-error li")).to_have_count(1)
    expect(page.locator(".form-error li")).to_contain_text("Line 3: must be an address")
    expect(page.locator("textarea[name=items]")).to_have_value(re.compile("not one"))


def test_a_source_is_searched_with_a_cookie_that_nobody_reads(fake, open_desk):
    page = form_of(open_desk, "crawl")
    page.get_by_label("Where to look").select_option("pixiv-tag")
    page.locator("textarea[name=items]").fill("cat,sky")
    page.get_by_label("Images a search, at most").fill("20")
    page.get_by_label("Which works").select_option("all")
    cookie = page.get_by_label("Cookie")
    expect(cookie).to_have_attribute("type", "password")
    cookie.fill("PHPSESSID=1")
    refuse(fake, {"index": None, "field": "source.cookie", "reason": "is no cookie"})
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#crawl-source-cookie-note")).to_have_text("is no cookie")
    expect(page.locator(".form-error")).to_have_count(0)
    fake.do(lambda desk: desk.refusals.clear())
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("/jobs/"))
    source = {"name": "pixiv-tag", "limit": 100, "max_images": 20, "order": "date_d",
              "mode": "all", "cookie": "PHPSESSID=1"}  # fmt: skip
    assert sent(fake)[-1]["spec"] == {"source": source}
    assert sent(fake)[-1]["items"] == ["cat,sky"]


def test_folders_to_look_into_are_chosen_and_typed(fake, open_desk):
    made = make_job("foxes", status="completed", kind="generate", total=1, ok=1)
    fake.put(made)
    mine = {"path": f"2026-11-23_01-00_generate_{made['id']}", "job_id": made["id"]}
    rest = {"writable": False, "images_n": 3, "modified_at": None, "truncated": False}
    opened = [{**rest, "path": f"pets/{name}", "job_id": None} for name in ("cats", "dogs")]
    opened[1] |= {"images_n": 10_000, "truncated": True}
    fake.do(lambda desk: desk.workshop.folders.extend([{**rest, **mine}, *opened]))
    page = form_of(open_desk, "tag")
    page.get_by_label("from folders on the server").check()
    foxes = page.locator(".choices li", has_text="foxes")
    expect(foxes).to_contain_text("3 pictures")
    foxes.get_by_role("checkbox").check()
    dogs = page.locator(".choices li", has_text="more than 10,000 pictures")
    dogs.get_by_role("checkbox").check()
    page.get_by_label("Another folder").fill("pets/birds")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("/jobs/"))
    assert sent(fake)[-1]["spec"] == {"input_dir": [mine["path"], "pets/dogs", "pets/birds"]}
    # Labels are folders, and a job's pictures lie in none.
    page = form_of(open_desk, "train")
    page.get_by_label("folders on the server").check()
    expect(page.locator(".choices li")).to_have_count(1)
    expect(page.locator(".choices li")).to_contain_text("pets2 folders")


def test_where_no_folder_is_open_the_operator_is_told_how(open_desk):
    page = form_of(open_desk, "train")
    page.get_by_label("folders on the server").check()
    expect(page.get_by_text("--images-dir NAME=FOLDER")).to_be_visible()


def test_a_model_is_learned_from_folders_and_looks_at_others(fake, open_desk):
    page = form_of(open_desk, "train")
    page.get_by_label("folders on the server").check()
    folder = page.locator("input[name=folder]")
    folder.fill("pets")
    expect(folder).to_have_js_property("spellcheck", False)
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_disabled()
    page.get_by_label("Name of the model").fill("my pets")
    page.get_by_label("Kept back to judge it by").fill("0.3")
    refuse(fake, {"index": None, "field": "spec.input_dir[0]", "reason": "there is no such folder"})
    start.click()
    expect(page.locator("#folders-note")).to_have_text("there is no such folder")
    fake.do(lambda desk: desk.refusals.clear())
    start.click()
    expect(page).to_have_url(re.compile("/jobs/"))
    assert sent(fake)[-1] == {
        "kind": "train",
        "name": "my pets",
        "numbered": True,
        "spec": {"name": "my pets", "validation": 0.3, "input_dir": ["pets"]},
        "start": True,
    }


def test_whether_the_webui_is_there_is_said_and_who_may_starts_it(fake, open_desk):
    away = {"status": "stopped", "api_responding": False, "startable": True,
            "reason": "nothing listens at 127.0.0.1:7860"}  # fmt: skip
    fake.do(lambda desk: desk.workshop.webui.update(away))
    page = form_of(open_desk, "generate")
    chip = page.locator(".webui")
    expect(chip).to_contain_text("The WebUI is not there")
    expect(chip).to_contain_text(
        "nothing listens at 127.0.0.1:7860 Where it is only away, jobs wait"
    )
    chip.get_by_role("button", name="Start the WebUI").click()
    expect(chip).to_contain_text("The WebUI is starting")
    there = {"status": "running", "api_responding": True, "reason": ""}
    fake.do(lambda desk: desk.workshop.webui.update(there))
    expect(chip).to_contain_text("The WebUI is ready, started by this server")
    expect(chip.get_by_role("button", name="End the WebUI")).to_be_visible()
    fake.do(lambda desk: desk.workshop.webui.update(may_operate=False))
    expect(chip.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_forms_fit_a_phone(open_desk, locale):
    page = open_desk("#new", locale=locale, color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 740})
    for kind in ("generate", "crawl", "tag", "train", "classify"):
        page.locator(f"input[name=kind][value={kind}]").check()
        expect(page.locator(f"[id^={kind}-]").first).to_be_attached()
        page.evaluate(UNFOLD)
        holds(page, "document.documentElement.scrollWidth <= innerWidth")
        # A word that is missing shows its key's last part.
        words = page.locator(".pane-body")
        expect(words).not_to_have_text(re.compile(r"\b[a-z]+_[a-z_]+\b"), use_inner_text=True)

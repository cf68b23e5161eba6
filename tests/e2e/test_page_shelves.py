"""Presets, characters and models on the page: kept, used, renamed, deleted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import picture_is_there
from tests.e2e.support.samples import make_job, stamp

pytestmark = pytest.mark.browser

INK = {"name": "ink", "weight": 0.8, "tags": ["ink wash"], "path": "C:/loras/ink.safetensors"}
CONFIG = {"prompt": "a portrait", "steps": 30, "width": 768, "loras": [INK], "vae": "", "note": "x"}
PRESET = {"name": "portrait", "category": "people", "is_default": False}
MODEL = {
    "id": "m1",
    "name": "pets",
    "labels": 2,
    "accuracy": 0.96,
    "pictures": 40,
    "sha256": "0" * 64,
    "job_id": "gone",
    "size_bytes": 9000,
    "created_at": stamp(),
}
REPORT = {
    "labels": ["cats", "dogs"],
    "validated_n": 8,
    "by_label": [
        {"label": "cats", "learned_n": 16, "precision": 1.0, "recall": 0.9, "validated_n": 4},
        {"label": "dogs", "learned_n": 16, "precision": None, "recall": 1.0, "validated_n": 4},
    ],
}


def keep(fake, kind, entry, contents):
    fake.do(lambda desk: desk.workshop.keep(kind, dict(entry), contents))


def sent(fake, what):
    return fake.do(lambda desk: [one[3] for one in desk.requests if one[1] == what])


def test_a_preset_fills_in_the_form_and_takes_its_changes(fake, open_desk):
    keep(fake, "presets", PRESET, {"config": CONFIG})
    page = open_desk("#new")
    page.locator("input[name=kind][value=generate]").check()
    page.locator("select[name=preset]").select_option("portrait")
    expect(page.locator("textarea[name=prompts]")).to_have_value("a portrait")
    expect(page.get_by_label("Width")).to_have_value("768")
    expect(page.get_by_label("Name of LoRA 1")).to_have_value("ink")
    page.get_by_label("Steps", exact=True).fill("40")
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.get_by_role("button", name="Keep the changes in it").click()
    [changed] = sent(fake, "presets")
    # What the form has no field for stays in it.
    config = changed["config"]
    assert (config["steps"], config["note"], config["loras"]) == (40, "x", [INK])


def test_what_is_filled_in_is_kept_as_a_preset_without_starting_a_job(fake, open_desk):
    page = open_desk("#new")
    page.locator("input[name=kind][value=generate]").check()
    page.locator("textarea[name=prompts]").fill("a lighthouse")
    page.get_by_role("button", name="Keep as a new preset").click()
    name = page.get_by_label("Name of the preset")
    expect(name).to_be_focused()
    name.fill("coast")
    name.press("Enter")
    expect(page.locator("select[name=preset]")).to_have_value("coast")
    [kept] = sent(fake, "presets")
    assert (kept["name"], kept["config"]["prompt"]) == ("coast", "a lighthouse")
    assert kept["config"]["steps"] == 20
    assert sent(fake, "jobs") == []


def test_the_workshop_shows_renames_and_deletes(fake, open_desk):
    keep(fake, "presets", PRESET, {"config": CONFIG})
    tags = {"tags": ["long hair"], "tag_weights": {"long hair": 0.9}}
    keep(fake, "characters", {"name": "Mika"}, tags)
    page = open_desk("#workshop")
    page.locator("summary", has_text="portrait").click()
    expect(page.locator(".config")).to_contain_text("ink × 0.8")
    page.get_by_label("Category").fill("faces")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("summary", has_text="portrait")).to_contain_text("faces")
    page.locator("summary", has_text="Mika").click()
    expect(page.locator(".tag-list")).to_contain_text("long hair 0.9")
    page.get_by_role("button", name="Delete Mika").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("summary", has_text="Mika")).to_have_count(0)
    page.get_by_role("button", name="Make pictures with it").click()
    expect(page.get_by_label("Steps", exact=True)).to_have_value("30")


def test_a_model_says_how_good_it_is_and_sorts_pictures(fake, open_desk):
    keep(fake, "models", MODEL, {"report": REPORT})
    page = open_desk("#workshop")
    model = page.locator(".shelf li", has_text="pets")
    model.locator("summary").click()
    expect(model.locator("tbody tr")).to_have_text([re.compile("^cats16100 %90 %"),
                                                    re.compile("^dogs16–100 %")])  # fmt: skip
    expect(model).to_contain_text("The job that learned it is gone")
    link = model.get_by_role("link", name="Download (ONNX)")
    expect(link).to_have_attribute("href", re.compile("/models/m1/file$"))
    model.get_by_role("button", name="Classify pictures with it").click()
    expect(page.locator("select[name=model]")).to_have_value("m1")
    expect(page.locator("select[name=model]")).to_contain_text("pets · 2 labels · 96 % right")


def test_the_job_of_a_model_shows_what_is_taken_for_what(fake, open_desk):
    job = make_job("pets", status="completed", kind="train", total=41, ok=41)
    fake.put(job)
    keep(fake, "models", {**MODEL, "job_id": job["id"]}, {"report": REPORT})
    page = open_desk("#workshop")
    page.locator(".shelf summary", has_text="pets").click()
    picture_is_there(page.get_by_alt_text("What is taken for what"))
    page.get_by_role("link", name="The job that learned it").click()
    expect(page).to_have_url(re.compile(f"/jobs/{job['id']}"))


def test_without_a_model_sorting_says_what_to_do(open_desk):
    page = open_desk("#new")
    page.locator("input[name=kind][value=classify]").check()
    expect(page.get_by_text("make a job of the kind “Learn” first")).to_be_visible()
    # It is labels that are counted here, and no table that pictures are for.
    expect(page.get_by_label("Labels, at most")).to_have_attribute("placeholder", "3")
    expect(
        page.get_by_text("or drop them here: PNG, JPEG, GIF, or a ZIP", exact=True)
    ).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()

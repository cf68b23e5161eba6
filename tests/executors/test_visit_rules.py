"""What needs no browser: labels and file names, links that make a path, what is scrubbed, waits."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from playwright.async_api import Error, TimeoutError

from actors.ports import Refusal
from executors.scrubbing import Scrubber
from executors.urls import parse_url
from executors.visit.acts import url_fits
from executors.visit.arrival import refusal_of
from executors.visit.labels import label_of, shot_name
from executors.visit.links import Link, choose_links, in_reading_order, same_site
from executors.visit.race import Interrupted, TooLong, race
from executors.visit.report import MAX_EXTRACTED_BYTES, MAX_TEXT_CHARS, Failed, Report
from executors.visit.steps import read_path
from executors.visit.words import reason_of
from state.artifacts import safe_parts

HOME = "http://shop.example/"


def link(url, text="Words", left=0.0, top=0.0, height=20.0):
    return Link(url, text, left, top, height)


def chosen(*links):
    return [each.url for each in choose_links(links, HOME, 200)]


@pytest.mark.parametrize(
    ("step", "label"),
    [
        ({"do": "goto", "url": "https://a.example/b/?token=1"}, "goto a.example/b"),
        ({"do": "fill", "selector": "#pin", "value": "1234"}, "fill #pin"),
        ({"do": "click", "text": "Buy\nnow"}, "click Buy now"),
        ({"do": "wait_ms", "ms": 1500}, "wait_ms 1.5 s"),
        ({"do": "scroll", "to": 300}, "scroll 300 px"),
        ({"do": "extract", "as": "price", "selector": ".p"}, "extract price"),
        ({"do": "screenshot"}, "screenshot"),
        ({"do": "click", "text": "x" * 200}, "click " + "x" * 73 + "…"),
    ],
)
def test_a_label_says_what_is_done_and_not_with_what(step, label):
    assert label_of(step) == label


@pytest.mark.parametrize("label", ["../../etc/passwd", "", "a/b\\c", "价格" * 50, "\x00", "<img>"])
def test_a_screenshot_has_a_safe_name(label):
    name = shot_name(123_456, 7, label)
    assert safe_parts(name) == [name]
    assert name.startswith("123456-007-")


def test_links_are_read_line_by_line():
    words = ["b1", "a2", "a1", "c1"]
    places = [(0, 40), (90, 3), (5, 0), (0, 80)]
    links = [link("", text, left, top) for text, (left, top) in zip(words, places, strict=True)]
    assert [each.text for each in in_reading_order(links)] == ["a1", "a2", "b1", "c1"]


def test_each_page_of_the_site_is_taken_once():
    assert chosen(
        link(f"{HOME}#top"),
        link(f"{HOME}a"),
        link(f"{HOME}a#more"),
        link(f"{HOME}a/"),
        link("http://www.shop.example/a"),
        link("https://shop.example/a"),
        link("http://blog.shop.example/a"),
    ) == [f"{HOME}a", "http://blog.shop.example/a"]


@pytest.mark.parametrize(
    "url",
    [
        "mailto:a@shop.example",
        "tel:123",
        "javascript:void(0)",
        "http://other.example/",
        "http://notshop.example/",
        "http://shop.example:8080/",
        f"{HOME}price.PDF",
        f"{HOME}price.zip?v=2",
        f"{HOME}logout",
        f"{HOME}user/sign-out",
        f"{HOME}item?do=delete&id=3",
        f"{HOME}%E9%80%80%E5%87%BA",
        HOME + "x" * 200,
    ],
)
def test_what_leads_away_ends_the_session_or_changes_something_is_left_out(url):
    assert chosen(link(url)) == []


@pytest.mark.parametrize("text", ["Log out", "Delete account", "退出登录", "删除", "ログアウト"])
def test_what_a_link_says_counts_too(text):
    assert chosen(link(f"{HOME}x", text)) == []


@pytest.mark.parametrize("text", ["About us", "Exits of the A1", "关于我们", "Quilts"])
def test_other_words_do_not(text):
    assert chosen(link(f"{HOME}x", text)) == [f"{HOME}x"]


def test_a_path_has_at_most_eight_links():
    assert len(chosen(*(link(f"{HOME}{n}") for n in range(20)))) == 8


def test_an_address_has_no_hosts_below_it():
    assert not same_site(parse_url("http://0.0.1/"), parse_url("http://127.0.0.1/"))


@pytest.mark.parametrize(
    ("wanted", "url", "is_it"),
    [
        ("/done", f"{HOME}done?x", True),
        ("/done", HOME, False),
        ("**/done*", f"{HOME}done?x", True),
        ("http://shop.example/*", f"{HOME}a/b", True),
        ("*/done", f"{HOME}done?x", False),
        (".+", HOME, False),
        ("*example/*x", f"{HOME}x", True),
        ("http://shop.example/*/", HOME, False),
        # As a regular expression this would be at it for years, and the whole worker with it.
        ("*a*a*a*a*a*a*a*a*a*a*b", f"{HOME}{'a' * 8_000}", False),
    ],
)
def test_an_address_is_waited_for_by_a_part_of_it_or_a_pattern(wanted, url, is_it):
    assert url_fits(wanted, url) is is_it


def test_secrets_are_scrubbed_in_every_form_and_short_ones_left():
    scrub = Scrubber(["p&ss word", "ab", 'q"  r'])
    texts = ["p&ss word", "?q=p%26ss%20word", "?q=p%26ss+word", "abc"]
    assert scrub.all_of({"a": [*texts, 5, None]}) == {
        "a": ["•••", "?q=•••", "?q=•••", "abc", 5, None]
    }
    elsewhere = ["<b>p&amp;ss word</b>", '{"a":"q\\"  r"}', '<i a="q&quot;  r">', 'q" r']
    assert scrub.all_of(elsewhere) == ["<b>•••</b>", '{"a":"•••"}', '<i a="•••">', "•••"]


def test_a_journey_extracts_only_so_much():
    report = Report({"url": HOME}, 1, Scrubber([]))
    report.extract("one", "x" * (MAX_EXTRACTED_BYTES // 2))
    with pytest.raises(Failed, match="can extract"):
        report.extract("two", "x" * (MAX_EXTRACTED_BYTES // 2))
    assert list(report.extracted) == ["one"]


def test_what_hides_a_secret_counts_as_extracted_too():
    """It is longer than a short secret."""
    report = Report({"url": HOME}, 1, Scrubber(["aaa"]))
    with pytest.raises(Failed, match="can extract"):
        report.extract("one", "aaa" * (MAX_EXTRACTED_BYTES // 4))


def test_a_secret_that_is_cut_in_two_is_hidden_whole():
    report = Report({"url": HOME}, 1, Scrubber(["correct  horse"]))
    report.say("info", "x" * (MAX_TEXT_CHARS - 5) + "correct  horse")
    report.facts(["my correct  horse", 200])
    result = report.ended().result
    assert "corr" not in result["console"][0]["text"]
    assert result["title"] == "my •••"


def test_names_that_are_ours_are_not_scrubbed():
    report = Report({"url": f"{HOME}abcd", "id": "abcd0123"}, 1, Scrubber(["abcd"]))
    report.screenshots.append("00000-001-abcd.png")
    result = report.ended().result
    assert (result["url"], result["id"]) == (f"{HOME}•••", "abcd0123")
    assert result["screenshots"] == ["00000-001-abcd.png"]


def test_whatever_a_page_says_its_journey_has_a_result():
    """Half a surrogate pair is no UTF-8, and an address may have two megabytes."""
    report = Report({"url": HOME}, 1, Scrubber([]))
    odd = "\ud800" + "\x01" * 3_000
    report.final_url = HOME + "a" * 2_000_000
    report.facts([odd, 200])
    for _ in range(60):
        report.say(odd, odd)
        report.dialog("alert", odd)
        report.download(odd, odd)
        report.refuse([Refusal(odd, odd)])
        report.step_ended({"do": "click", "text": odd}, 1, error=odd, screenshot=None)
    report.extract("a", "\x01" * (MAX_EXTRACTED_BYTES // 7))
    assert len(msgspec.json.encode(report.ended().result)) < 1024 * 1024


def test_what_playwright_quotes_of_a_call_is_not_told():
    step = {"do": "fill", "selector": "#pin", "value": "hunter2"}
    slow = TimeoutError("Locator.fill: Timeout 500ms exceeded.\nCall log:\n  - fill('hunter2')")
    assert reason_of(slow, step, 0.5) == "waited 0.5 s: the page has no visible '#pin'"
    never = {"do": "wait_for", "url": "/done"}
    assert reason_of(slow, never, 5) == "waited 5 s: the address did not become '/done'"
    other = Error("Locator.fill: Element is not an <input>\nCall log:\n  - fill('hunter2')")
    assert reason_of(other, step, 0.5) == "Element is not an <input>"
    down = Error("Page.goto: net::ERR_CONNECTION_REFUSED at http://a/?pin=hunter2\nCall log:")
    assert reason_of(down, step, 0.5) == "the host refused the connection (ERR_CONNECTION_REFUSED)"


def test_the_newest_refusal_of_a_place_is_the_one():
    refusals = [Refusal("a.example:80", "old"), Refusal("a.example:80", "new"), Refusal("b:1", "-")]
    assert refusal_of("http://a.example/x", refusals).reason == "new"
    assert refusal_of("https://a.example/x", refusals) is None
    assert refusal_of("about:blank", refusals) is None


def test_a_generated_name_is_one_that_a_path_may_have():
    step = {"do": "screenshot", "as": "x" * 60, "full_page": True}
    assert read_path([step], max_steps=5, max_url_bytes=100) == ((step,), [])


def racing(act, **more):
    async def run():
        fatal = asyncio.get_running_loop().create_future()
        if "reason" in more:
            fatal.set_result(more["reason"])
        timeout_s = more.get("timeout_s", 5)
        return await race(act(), timeout_s=timeout_s, fatal=fatal, tick=lambda: None)

    return asyncio.run(run())


def test_a_race_ends_with_what_comes_first():
    async def soon():
        return 5

    async def never():
        await asyncio.Event().wait()

    async def wrong():
        raise ValueError("no")

    assert racing(soon) == 5
    with pytest.raises(ValueError, match="no"):
        racing(wrong)
    with pytest.raises(TooLong):
        racing(never, timeout_s=0)
    with pytest.raises(Interrupted, match="it crashed"):
        racing(never, reason="it crashed")

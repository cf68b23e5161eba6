"""Single items of a crawl, over real sockets: redirects, rules, turns, files."""

import pytest
from msgspec.structs import replace

from actors.errors import InvalidSpec
from executors.crawl.turns import Turns
from state.model import OutcomeStatus
from tests.support.crawl_site import PNG
from tests.support.crawling import LIMITS, crawl
from tests.support.target import page


def told(job, url):
    return job.by_url()[url].result


async def test_redirects_are_items_of_their_own_and_end(site):
    job = await crawl(site.url("/go/round"), site.url("/go/there"), depth=0)
    assert told(job, site.url("/go/round"))["redirected_to"] == site.url("/go/on")
    assert told(job, site.url("/go/there"))["redirected_to"] == site.url("/s0/")
    assert told(job, site.url("/s0/"))["http_status"] == 200
    assert site.paths().count("/go/on") == site.paths().count("/go/round") == 1


async def test_a_redirect_of_a_seed_is_followed_away_and_one_of_a_link_is_not(site):
    site.handlers["/start"] = page(b"<a href='/go/away'>x</a>", content_type="text/html")
    job = await crawl(site.url("/start"), depth=2, sitemap=False)
    away = told(job, site.url("/go/away"))
    assert away["left_out"] == {"redirects": 1}
    assert not any("localhost" in asked.headers["host"] for asked in site.asked)
    assert any("leads out" in line for _, line in job.lines)

    job = await crawl(site.url("/go/away"), depth=2, sitemap=False, same_site="host")
    assert f"http://localhost:{site.port}/elsewhere" in job.by_url()


async def test_a_page_that_calls_itself_something_else_is_not_kept_twice(site):
    job = await crawl(site.url("/print/s1/page-1.html"), depth=0, content="all")
    copy, real = site.url("/print/s1/page-1.html"), site.url("/s1/page-1.html")
    assert told(job, copy)["canonical"] == real
    assert "file" not in told(job, copy)
    assert list(job.artifacts) == [told(job, real)["file"]]


async def test_a_seed_that_the_rules_do_not_allow_is_skipped(site):
    job = await crawl(site.url("/private/secret"), site.url("/private/open"), depth=0)
    secret = job.by_url()[site.url("/private/secret")]
    assert (secret.status, secret.error) == (OutcomeStatus.SKIPPED, "disallowed by robots.txt")
    assert "/private/secret" not in site.paths()
    assert told(job, site.url("/private/open"))["http_status"] == 200


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden"])
async def test_without_rules_everything_is_allowed(site, status):
    site.robots_status = status
    job = await crawl(site.url("/private/secret"), depth=0)
    assert told(job, site.url("/private/secret"))["http_status"] == 200


async def test_rules_that_cannot_be_read_are_waited_for_and_then_refused(site, mock_clock):
    site.robots_status = "500 Internal Server Error"
    job = await crawl(site.url("/about"), site.url("/s0/"), depth=0, clock=mock_clock)
    assert {2.0, 10.0, 60.0} <= set(job.waits)
    errors = [result.error for result in job.results.values()]
    assert all(error.startswith("disallowed while robots.txt cannot be read") for error in errors)
    assert set(site.paths()) == {"/robots.txt"}
    assert len(site.paths()) == 4


async def test_rules_that_come_late_are_obeyed(site, mock_clock):
    site.robots_status = "503 Service Unavailable"

    class Repaired:
        def jump(self, seconds):
            site.robots_status = "200 OK"
            mock_clock.jump(seconds)

    job = await crawl(site.url("/about"), depth=0, clock=Repaired())
    assert job.waits == [2.0]
    assert told(job, site.url("/about"))["http_status"] == 200


async def test_the_larger_delay_holds_and_sixty_seconds_are_enough(site, mock_clock):
    site.robots = b"User-agent: *\nCrawl-delay: 3\n"
    seeds = [site.url(f"/s{n}/") for n in range(3)]
    job = await crawl(*seeds, depth=0, delay_s=1, clock=mock_clock)
    assert sum(job.waits) >= 6.0
    assert set(job.waits) <= {3.0, 6.0}
    site.robots = b"User-agent: *\nCrawl-delay: 86400\n"
    job = await crawl(*seeds, depth=0, clock=mock_clock)
    assert max(job.waits) == 60.0


async def test_a_delay_holds_between_the_requests_of_several_jobs(site, mock_clock):
    turns = Turns()
    first = await crawl(site.url("/s0/"), depth=0, delay_s=5, clock=mock_clock, turns=turns)
    other = await crawl(site.url("/s1/"), depth=0, delay_s=3, clock=mock_clock, turns=turns)
    assert (first.waits, other.waits) == ([], [3.0])


async def test_images_are_kept_once_by_what_they_are(site):
    site.handlers["/lie.png"] = page(b"<html>no picture", content_type="image/png")
    site.handlers["/start"] = page(
        b"<img src='/logo.png'><a href='/copy-of-logo.png'>x</a><img src='/lie.png'>",
        content_type="text/html",
    )
    job = await crawl(site.url("/start"), depth=1, content="images", sitemap=False)
    logo, copy = told(job, site.url("/logo.png")), told(job, site.url("/copy-of-logo.png"))
    assert {logo["file"], copy["file"]} == set(job.artifacts)
    assert [logo.get("duplicate"), copy.get("duplicate")].count(True) == job.stored == 1
    # Three addresses: a picture, the same again, and what is none.
    tallies = [result.tally for result in job.results.values() if result.tally]
    assert sorted(tally["made"] for tally in tallies) == [0, 1]
    assert {tally["found"] for tally in tallies} == {1}
    assert set(job.artifacts.values()) == {PNG}
    lie = job.by_url()[site.url("/lie.png")]
    assert "is no image" in lie.error


async def test_a_page_that_has_not_changed_is_not_sent_again(site):
    first = await crawl(site.url("/about"), depth=0)
    etag = told(first, site.url("/about"))["etag"]
    again = await crawl({"url": site.url("/about"), "etag": etag}, depth=0)
    result = again.by_url()[site.url("/about")]
    assert (result.status, result.result["not_modified"]) == (OutcomeStatus.OK, True)
    assert result.result["http_status"] == 304


async def test_what_keeps_a_page_from_being_read_is_told(site):
    site.handlers["/bad"] = page(b"STOP THE HELPER", content_type="text/html")
    job = await crawl(site.url("/bad"), depth=1, sitemap=False)
    assert job.by_url()[site.url("/bad")].error == "took longer than 2 s"


async def test_secret_headers_go_to_the_hosts_of_seeds_alone(site):
    away = f"http://localhost:{site.port}/about"
    site.handlers["/start"] = page(f"<a href='{away}'>x</a>".encode(), content_type="text/html")
    headers = {"Authorization": "word", "X-Plain": "shown"}
    await crawl(site.url("/start"), same_site="any", depth=1, headers=headers, sitemap=False)
    sent = {asked.headers["host"].split(":")[0]: asked.headers for asked in site.asked
            if not asked.target.startswith("/robots")}  # fmt: skip
    assert sent["127.0.0.1"]["authorization"] == "word"
    assert "authorization" not in sent["localhost"]
    assert sent["localhost"]["x-plain"] == "shown"


async def test_a_site_that_shows_what_it_was_sent_is_not_believed(site):
    body = b"<title>for sesame-canary</title><a href='/x?key=sesame-canary'>x</a><a href='/y'>y</a>"
    site.handlers["/start"] = page(body, content_type="text/html")
    headers = {"Authorization": "sesame-canary"}
    job = await crawl(site.url("/start"), headers=headers, depth=1, sitemap=False)
    assert told(job, site.url("/start"))["title"] == "for •••"
    assert [path for path in site.paths() if path != "/robots.txt"] == ["/start", "/y"]


async def test_a_cookie_is_hidden_by_itself_too(site):
    body = b"<title>you are night-canary-7 of en</title><a href='/x?you=night-canary-7'>x</a>"
    site.handlers["/start"] = page(body, content_type="text/html")
    headers = {"Cookie": "PHPSESSID=night-canary-7; lang=en"}
    job = await crawl(site.url("/start"), headers=headers, depth=1, sitemap=False)
    assert told(job, site.url("/start"))["title"] == "you are \u2022\u2022\u2022 of en"
    assert len(job.results) == 1


async def test_rules_are_left_alone_only_where_the_operator_says_so(site):
    with pytest.raises(InvalidSpec) as refused:
        await crawl(site.url("/private/secret"), depth=0, robots=False)
    assert [each["field"] for each in refused.value.details["errors"]] == ["robots"]
    free = replace(LIMITS, crawl_without_robots=True)
    job = await crawl(site.url("/private/secret"), depth=0, robots=False, limits=free)
    assert told(job, site.url("/private/secret"))["http_status"] == 200
    assert site.paths() == ["/private/secret"]


async def test_a_private_address_is_refused(site):
    job = await crawl("http://10.1.2.3/", depth=1)
    (result,) = job.results.values()
    assert result.status is OutcomeStatus.FAILED
    assert "10.1.2.3 is a private address" in result.error


async def test_a_job_has_no_more_items_than_it_may(site):
    job = await crawl(site.url("/"), max_items=30)
    assert len(job.results) == 30


async def test_an_item_that_was_put_off_finds_and_keeps_the_same_again(site):
    site.handlers["/start"] = page(
        b"<a href='/about'>a</a><img src='/logo.png'><img src='/copy-of-logo.png'>",
        content_type="text/html",
    )
    job = await crawl(site.url("/start"), content="images", depth=1, sitemap=False, loses=True)
    assert set(job.by_url()) == {
        site.url(path) for path in ("/start", "/about", "/logo.png", "/copy-of-logo.png")
    }
    assert set(job.artifacts.values()) == {PNG}
    images = [result.result for result in job.of_step("image")]
    assert [image.get("duplicate") for image in images] == [None, True]

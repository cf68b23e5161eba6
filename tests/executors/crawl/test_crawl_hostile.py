"""Sites that mean harm, or know no better: what they send leads nowhere that it should not."""

import gzip

import pytest

from executors.crawl.hostile import read_page
from executors.crawl.robots import MAX_ROBOTS_BYTES
from executors.crawl.wire import PageTask
from state.model import OutcomeStatus
from tests.support.crawling import crawl
from tests.support.target import page


def html(text, **headers):
    return page(text.encode(), content_type="text/html", **headers)


def xml(text):
    return page(text.encode(), content_type="application/xml")


def index_of(*addresses):
    entries = "".join(f"<sitemap><loc>{each}</loc></sitemap>" for each in addresses)
    return xml(f"<sitemapindex>{entries}</sitemapindex>")


def hosts(site):
    return {asked.headers["host"].partition(":")[0] for asked in site.asked}


async def test_a_sitemap_elsewhere_lists_pages_of_the_site_it_is_for(site):
    elsewhere = site.url("/maps/elsewhere.xml", host="localhost")
    site.robots = f"Sitemap: {elsewhere}\n".encode()
    pages = [site.url("/hidden/1"), site.url("/hidden/2", host="localhost")]
    entries = "".join(f"<url><loc>{each}</loc></url>" for each in pages)
    site.handlers["/maps/elsewhere.xml"] = xml(f"<urlset>{entries}</urlset>")
    job = await crawl(site.url("/about"), same_site="host", depth=1)
    assert {url for url in job.by_url() if "/hidden/" in url} == {pages[0]}
    assert job.by_url()[elsewhere].result["left_out"] == {"off_site": 1}


async def test_an_index_names_no_sitemap_that_is_elsewhere_or_forbidden(site):
    site.robots = b"User-agent: *\nDisallow: /private/\nSitemap: /maps/index.xml\n"
    far, secret = site.url("/maps/far.xml", host="localhost"), site.url("/private/map.xml")
    site.handlers["/maps/index.xml"] = index_of(far, secret, site.url("/maps/index.xml"))
    job = await crawl(site.url("/about"), same_site="host", depth=1)
    index = job.by_url()[site.url("/maps/index.xml")].result
    assert index["left_out"] == {"off_site": 1, "robots": 1}
    assert hosts(site) == {"127.0.0.1"}
    assert "/private/map.xml" not in site.paths()
    assert site.paths().count("/maps/index.xml") == 1


async def test_include_is_said_of_pages_and_not_of_what_leads_to_them(site):
    site.robots = b""
    moved = page(b"", "301 Moved Permanently", location="/maps/one.xml.gz")
    site.handlers["/sitemap.xml"] = moved
    site.handlers["/old.png"] = page(b"", "302 Found", location="/logo.png")
    site.handlers["/start"] = html("<img src=/old.png>")
    job = await crawl(site.url("/start"), include=["/hidden/"], content="images", depth=1)
    assert site.url("/hidden/0") in job.by_url()
    assert "file" in job.by_url()[site.url("/logo.png")].result


async def test_a_page_in_the_place_of_a_sitemap_has_no_entries(site):
    site.robots = b""
    head = f"<link rel='api' href='{site.url('/wp-json/')}'>"
    site.handlers["/sitemap.xml"] = html(f"<html><head>{head}</head><body>not found</body></html>")
    await crawl(site.url("/about"), depth=1)
    assert "/wp-json/" not in site.paths()


async def test_feeds_tell_the_pages_of_their_entries(site):
    site.robots = b"Sitemap: /feed\n"
    entry = f"<entry><link href='{site.url('/hidden/7')}'/></entry>"
    item = f"<item><link>{site.url('/hidden/8')}</link></item>"
    site.handlers["/feed"] = xml(f"<feed>{entry}{item}</feed>")
    await crawl(site.url("/about"), depth=1)
    assert {"/hidden/7", "/hidden/8"} <= set(site.paths())


async def test_a_map_that_unpacks_to_a_mountain_is_read_as_far_as_that_goes(site):
    site.robots = b"Sitemap: /bomb.xml\n"
    entry = b"<url><loc>" + site.url("/hidden/3").encode() + b"</loc></url>"
    bomb = gzip.compress(b"<urlset>" + entry + b" " * 40_000_000 + b"</urlset>")
    site.handlers["/bomb.xml"] = page(bomb, content_type="application/gzip")
    job = await crawl(site.url("/about"), depth=1)
    assert "unpacks to more than" in job.by_url()[site.url("/bomb.xml")].result["problem"]
    assert "/hidden/3" in site.paths()


async def test_rules_that_are_cut_off_say_nothing_with_their_last_half(site):
    head = b"User-agent: *\nDisallow: /\n"
    comment = b"#" + b"x" * (MAX_ROBOTS_BYTES - len(head) - len(b"#\nAllow: /")) + b"\n"
    site.robots = head + comment + b"Allow: /open-to-all-who-ask\n" + b"#" * 1_000
    job = await crawl(site.url("/about"), depth=0)
    assert job.results[0].status is OutcomeStatus.SKIPPED


async def test_who_wants_to_be_left_alone_is_not_asked_for_rules_meanwhile(site, mock_clock):
    site.handlers["/robots.txt"] = page(b"", "429 Too Many Requests", retry_after="90")
    job = await crawl(site.url("/about"), depth=0, clock=mock_clock)
    assert min(job.waits) == 90.0


async def test_rules_that_cannot_be_made_sense_of_are_not_asked_for_by_every_item(site, mock_clock):
    site.robots = b"STOP THE HELPER"
    job = await crawl(*(site.url(f"/s{n}/") for n in range(9)), depth=0, clock=mock_clock)
    errors = {result.error for result in job.results.values()}
    assert errors == {"disallowed while robots.txt cannot be read (took longer than 2 s)"}
    assert site.paths().count("/robots.txt") == 4


@pytest.mark.parametrize("target", ["ftp://a.b/", "http://10.1.2.3/robots.txt", "/robots.txt"])
async def test_rules_that_are_nowhere_are_none(site, target):
    site.handlers["/robots.txt"] = page(b"", "302 Found", location=target)
    job = await crawl(site.url("/s0/"), site.url("/s1/"), depth=0)
    assert {result.status for result in job.results.values()} == {OutcomeStatus.OK}


@pytest.mark.parametrize("robots", [b"\0" * 600_000, b"\xff\xfe" + b"a:b\r" * 90_000, b"\xc3("])
async def test_rubbish_is_no_rule(site, robots):
    site.robots = robots
    job = await crawl(site.url("/about"), depth=0)
    assert job.results[0].status is OutcomeStatus.OK


@pytest.mark.parametrize("status", ["304 Not Modified", "302 Found", "300 Multiple Choices"])
async def test_an_answer_that_nobody_asked_for_is_none(site, status):
    site.handlers["/odd"] = site.handlers["/odd.png"] = page(b"", status)
    site.handlers["/start"] = html("<a href=/odd>x</a><img src=/odd.png>")
    job = await crawl(site.url("/start"), content="images", depth=1, sitemap=False)
    for path in ("/odd", "/odd.png"):
        odd = job.by_url()[site.url(path)]
        assert odd.status is OutcomeStatus.FAILED
        assert odd.error == f"HTTP {status[:3]} leads nowhere and has nothing"


async def test_validators_of_a_site_are_sent_back_only_where_they_can_be(site):
    site.handlers["/long"] = html("x", etag='"' + "e" * 10_000 + '"')
    site.handlers["/odd"] = html("x", etag='"\xfc"', last_modified="a\tb")
    job = await crawl(site.url("/long"), site.url("/odd"), depth=0)
    for each in job.results.values():
        assert each.status is OutcomeStatus.OK
        assert not {"etag", "last_modified"} & set(each.result)


def links_of(text):
    task = PageTask(text.encode(), "http://a.b/x/", "text/html", "", None, 5_000, 2_048, True)
    return [link.url for link in read_page(task).links]


@pytest.mark.parametrize(
    ("srcset", "widest"),
    [
        ("s.jpg 1x, l.jpg 2x", "l.jpg"),
        ("/w_300,c_fill/s.jpg 300w, /w_900,c_fill/l.jpg 900w", "/w_900,c_fill/l.jpg"),
        ("one.jpg, two.jpg 2x", "two.jpg"),
        ("data:image/png;base64,AAAA 1x, l.jpg 2x", "l.jpg"),
        (" ,, l.jpg", "l.jpg"),
        ("l.jpg nanx", "l.jpg"),
    ],
)
def test_the_widest_of_a_set_is_taken_by_its_whole_address(srcset, widest):
    path = widest if widest.startswith("/") else f"/x/{widest}"
    assert links_of(f'<img srcset="{srcset}">') == [f"http://a.b{path}"]


def test_a_set_of_images_without_end_takes_no_time():
    assert len(links_of('<img srcset="' + "a,b " * 200_000 + '">')) == 1


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("<a href='javascript:alert(1)'>", []),
        ("<a href='data:text/html,x'>", []),
        ("<a href='jAvA\tscript:x'>", []),
        ("<a href='/a\nb'>", ["http://a.b/ab"]),
        ("<a href='/a\x01b'>", []),
        ("<base href='http://c.d/e/'><a href='f'>", ["http://c.d/e/f"]),
        ("<base href='http://['><a href='f'>", ["http://a.b/x/f"]),
        ("<a href='http://user:word@c.d/'>", []),
        ("<a href='//2130706433/'>", ["http://127.0.0.1/"]),
    ],
)
def test_links_are_what_a_browser_makes_of_them_or_none(text, links):
    assert links_of(text) == links

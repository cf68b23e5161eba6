"""What is read of pages and maps that a stranger wrote."""

import gzip

import pytest

from executors.crawl.hostile import answer_of, work
from executors.crawl.sitemaps import MAX_UNPACKED_BYTES
from executors.crawl.wire import PageTask, Robots, RobotsTask, SitemapTask

URL = "http://a.b/dir/page"


def page(body, **changes):
    fields = {
        "body": body if isinstance(body, bytes) else body.encode(),
        "url": URL,
        "content_type": "text/html",
        "origin": "http://a.b:80",
        "robots": None,
        "max_links": 100,
        "max_url_bytes": 200,
        "images": False,
    }
    return answer_of(PageTask(**{**fields, **changes}))


def links(body, **changes):
    return [link.url for link in page(body, **changes).links]


def test_links_are_made_absolute_and_each_is_told_once():
    body = """<base href="/other/"> <a href="x">1</a> <a href="x#part">1</a> <a href=" y ">2</a>
        <area href="z"> <iframe src="/frame"></iframe> <a>none</a> <a href="">none</a>"""
    places = ["/other/x", "/other/y", "/other/z", "/frame"]
    assert links(body) == [f"http://a.b{place}" for place in places]


def test_what_leads_to_no_page_is_no_link():
    body = "".join(
        f"<a href='{href}'>x</a>"
        for href in ("javascript:x()", "mailto:a@b", "data:text/html,x", "ftp://a.b/", "http://[::",
                     "http://user:word@a.b/", "#here", "http://a.b/" + "long" * 100)
    )  # fmt: skip
    assert links(body) == []


def test_a_page_may_ask_not_to_be_followed_or_kept():
    body = "<meta name=ROBOTS content='NoFollow, noindex'><a href='/x'>x</a>"
    answer = page(body)
    assert (answer.links, answer.no_follow, answer.no_index) == ((), True, True)
    assert links("<a rel='x nofollow' href='/x'>x</a><a href='/y'>y</a>") == ["http://a.b/y"]
    assert page("<meta name=robots content=none>").no_index


def test_title_and_canonical_are_told():
    answer = page("<title> A \n b </title><link rel=canonical href='/real#x'>")
    assert answer.title == "A b"
    assert answer.canonical.url == "http://a.b/real"


def test_the_widest_picture_of_a_set_is_taken_where_images_are_wanted():
    body = "<img src=/s.png srcset='/m.png 300w, /l.png 900w, /x.png 2x'><img src=/only.jpg><img>"
    assert links(body) == []
    assert links(body, images=True) == ["http://a.b/l.png", "http://a.b/only.jpg"]
    assert all(link.image for link in page(body, images=True).links)


def test_links_are_bounded_in_number_and_size():
    many = "".join(f"<a href='/{n}'>x</a>" for n in range(300))
    answer = page(many)
    assert (len(answer.links), answer.more) == (100, True)
    long = "".join(f"<a href='/{n}{'x' * 8000}'>x</a>" for n in range(300))
    answer = page(long, max_links=5_000, max_url_bytes=10_000)
    assert answer.more
    assert len(work_of_page(long)) < 1_000_000


def work_of_page(body):
    import msgspec

    task = PageTask(body.encode(), URL, None, "http://a.b:80", None, 5_000, 10_000, False)
    return work(msgspec.msgpack.encode(task))


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00", b"<" * 100_000, b"<div>" * 2_000, b"\x00<a href='/x'>"]
)
def test_what_is_no_page_has_no_links(body):
    assert len(page(body).links) <= 1


def test_pages_are_read_in_their_charset():
    body = "<a href='/ж'>x</a>".encode("cp1251")
    assert links(body, content_type="text/html; charset=windows-1251") == ["http://a.b/%D0%B6"]


def test_the_rules_of_the_same_origin_are_asked():
    robots = Robots(b"User-agent: *\nDisallow: /no", "Nightdesk")
    answer = page("<a href='/no'>1</a><a href='/yes'>2</a><a href='http://c.d/no'>3</a>",
                  robots=robots)  # fmt: skip
    assert [(link.allowed, link.asked) for link in answer.links] == [
        (False, True), (True, True), (True, False),
    ]  # fmt: skip


def sitemap(body, **changes):
    fields = {"url": URL, "origin": "", "robots": None, "max_links": 100, "max_url_bytes": 200}
    return answer_of(SitemapTask(body, **{**fields, **changes}))


def test_maps_of_pages_and_of_maps_are_read():
    answer = sitemap(
        b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
        b"<url><loc> http://a.b/1 </loc></url><url><loc>nonsense</loc></url>"
        b"<sitemap><loc>http://a.b/2.xml</loc></sitemap></urlset>"
    )
    assert [link.url for link in answer.pages] == ["http://a.b/1"]
    assert [link.url for link in answer.sitemaps] == ["http://a.b/2.xml"]


def test_feeds_and_lists_are_maps_too():
    rss = b"<rss><channel><item><link>http://a.b/1</link></item></channel></rss>"
    atom = b"<feed><entry><link href='http://a.b/2'/></entry></feed>"
    assert [link.url for link in sitemap(rss).pages] == ["http://a.b/1"]
    assert [link.url for link in sitemap(atom).pages] == ["http://a.b/2"]
    assert [link.url for link in sitemap(b"\xef\xbb\xbfhttp://a.b/3\n\nx\n").pages] == [
        "http://a.b/3"
    ]


def test_packed_maps_are_unpacked_so_far():
    body = b"<urlset><url><loc>http://a.b/1</loc></url></urlset>"
    assert len(sitemap(gzip.compress(body)).pages) == 1
    bomb = gzip.compress(body[:-9] + b" " * (MAX_UNPACKED_BYTES + 10))
    answer = sitemap(bomb)
    assert len(answer.pages) == 1
    assert "unpacks to more" in answer.problem
    assert "cannot be unpacked" in sitemap(b"\x1f\x8bnonsense").problem


def test_entities_are_left_alone():
    body = (
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY a "http://a.b/x">]>'
        b"<urlset><url><loc>&f;</loc></url><url><loc>&a;</loc></url>"
        b"<url><loc>http://a.b/1</loc></url></urlset>"
    )
    assert [link.url for link in sitemap(body).pages] == ["http://a.b/1"]


def test_a_map_says_that_there_is_more():
    urls = b"".join(b"<url><loc>http://a.b/%d</loc></url>" % n for n in range(150))
    answer = sitemap(b"<urlset>" + urls + b"</urlset>")
    assert (len(answer.pages), answer.more) == (100, True)


def rules(text, *urls, agent="Nightdesk"):
    return answer_of(RobotsTask(Robots(text, agent), urls))


def test_rules_say_who_may_come_and_how_fast():
    text = (
        b"User-agent: nightdesk\nDisallow: /no\nCrawl-delay: 3\nUser-agent: *\nDisallow: /\n"
        b"Sitemap: http://a.b/map.xml"
    )
    answer = rules(text, "http://a.b/no", "http://a.b/yes")
    assert answer.allowed == (False, True)
    assert answer.delay_s == 3.0
    assert answer.sitemaps == ("http://a.b/map.xml",)
    assert rules(text, "http://a.b/yes", agent="Other").allowed == (False,)
    assert rules(b"User-agent: *\nRequest-rate: 1/5").delay_s == 5.0


@pytest.mark.parametrize("text", [b"", b"\xff\xfe nonsense", b"<html>not found</html>"])
def test_rules_that_are_none_allow_everything(text):
    answer = rules(text, "http://a.b/x")
    assert answer.allowed == (True,)
    assert not answer.has_rules

"""The operator's cookies for sources: found by name, checked, and never quoted."""

from __future__ import annotations

import pytest

from executors.crawl.sources.cookies import BadCookie, SourceCookies, goes_safely
from nightdesk.config import Config
from nightdesk.ranges import ConfigError
from nightdesk.sources import source_cookies


def test_one_file_serves_all_sources_that_begin_so(tmp_path):
    (tmp_path / "all").write_text("PHPSESSID=all\n")
    (tmp_path / "own").write_text("PHPSESSID=own")
    cookies = SourceCookies({"pixiv": tmp_path / "all", "pixiv-user": tmp_path / "own"})
    assert cookies.read("pixiv-tag") == "PHPSESSID=all"
    assert cookies.read("pixiv-user") == "PHPSESSID=own"
    assert cookies.read("other-tag") == ""
    (tmp_path / "all").write_text("PHPSESSID=renewed")
    assert cookies.read("pixiv-illust") == "PHPSESSID=renewed"


@pytest.mark.parametrize("data", [b"", b"a=sesame\nb=2", b"\xff\xfesesame", b"sesame" * 2_000])
def test_what_is_no_cookie_is_not_quoted(tmp_path, data):
    (tmp_path / "cookie").write_bytes(data)
    with pytest.raises(BadCookie) as caught:
        SourceCookies({"pixiv": tmp_path / "cookie"}).check()
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("said", ["pixiv", "=x", "pixiv=", "pixiv=/no/such/file"])
def test_a_server_does_not_start_with_a_cookie_that_it_cannot_read(said):
    with pytest.raises(ConfigError, match="--source-cookie-file"):
        source_cookies(Config(source_cookie_file=(said,)))


def test_two_files_of_one_name_are_refused(tmp_path):
    (tmp_path / "cookie").write_text("a=1")
    said = f"pixiv={tmp_path / 'cookie'}"
    with pytest.raises(ConfigError, match="another file"):
        source_cookies(Config(source_cookie_file=(said, said)))


def test_a_cookie_goes_safely_by_https_alone():
    step = {"url": "https://a.example/", "cookie": True}
    plain = {"url": "http://a.example/", "cookie": True}
    other = {"url": "http://a.example/", "cookie": False}
    assert goes_safely({"recipe": {"search": step, "work": other, "images": {"cookie": False}}})
    assert not goes_safely({"recipe": {"search": step, "work": plain}})
    assert not goes_safely({"recipe": {"search": {**step, "details": plain}}})
    assert not goes_safely({"recipe": {"search": step, "images": {"cookie": True}}})

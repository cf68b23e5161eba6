"""Page options in Playwright's words."""

from __future__ import annotations

import pytest

from actors.ports import PageOptions
from workers.browser.options import context_arguments

PROXY = {"server": "http://127.0.0.1:1", "username": "u", "password": "p"}


def made(**options):
    return context_arguments(PageOptions(**options), PROXY, "Ours/1")


def test_what_is_not_asked_for_is_left_to_the_browser():
    assert made() == {
        "proxy": PROXY,
        "viewport": {"width": 1280, "height": 720},
        "user_agent": "Ours/1",
        "extra_http_headers": {},
        "accept_downloads": False,
    }


def test_everything_that_is_asked_for_is_passed_on():
    storage = {"cookies": [], "origins": []}
    given = made(
        width=800,
        height=600,
        user_agent="Theirs/2",
        locale="zh-CN",
        timezone="Asia/Shanghai",
        headers={"X-A": "1"},
        storage=storage,
    )
    assert given["viewport"] == {"width": 800, "height": 600}
    assert given["user_agent"] == "Theirs/2"
    assert (given["locale"], given["timezone_id"]) == ("zh-CN", "Asia/Shanghai")
    assert given["extra_http_headers"] == {"X-A": "1"}
    assert given["storage_state"] == storage


@pytest.mark.parametrize(
    ("origin", "written"),
    [
        ("https://Example.com:443", "https://example.com"),
        ("http://example.com:80/", "http://example.com"),
        ("http://example.com:8080", "http://example.com:8080"),
        ("http://[::1]:8080/path", "http://[::1]:8080"),
    ],
)
def test_a_password_is_told_to_its_origin(origin, written):
    given = made(basic_auth=("me", "secret"), origin=origin)["http_credentials"]
    assert given == {"username": "me", "password": "secret", "origin": written}


def test_a_password_without_an_origin_is_told_to_nobody():
    assert "http_credentials" not in made(basic_auth=("me", "secret"))


def test_an_isolated_page_is_offline_and_runs_no_script():
    given = made(isolated=True)
    assert given["offline"] is True
    assert given["java_script_enabled"] is False
    assert given["service_workers"] == "block"

"""The flags of `submit visit`: what the server gets of them, and what is refused before it."""

from __future__ import annotations

import json

import pytest

from nightdesk.cli.app import run
from nightdesk.cli.source import VISIT_COLUMNS, read_items
from nightdesk.cli.usage import UsageError
from nightdesk.cli.visit import VisitOptions
from nightdesk.cli.words import ENGLISH, STATUS_ENGLISH, Words

WORDS = Words(ENGLISH, STATUS_ENGLISH)


@pytest.fixture
def written(tmp_path):
    def write(text, name="file.json"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return str(path)

    return write


def test_no_flags_say_nothing():
    assert VisitOptions().spec(WORDS) == {}


def test_every_flag_is_a_field_of_the_spec(written):
    account = written("ann:p:w\n", "account")
    cookies = written('[{"name": "a", "value": "b", "domain": "x.example"}]')
    given = VisitOptions(
        concurrency=2,
        timeout=5,
        item_timeout=60,
        retries=0,
        generate=True,
        screenshot_each_step=True,
        viewport="800x600",
        user_agent="Me",
        locale="zh-CN",
        timezone="Asia/Shanghai",
        header=("X-One: 1",),
        basic_auth="@" + account,
        cookies=cookies,
        proxy="http://127.0.0.1:1",
        proxy_pool=True,
        proxy_rotation=False,
        dialogs="accept",
        keep_session=False,
        skip_completed=True,
    )
    assert given.spec(WORDS) == {
        "concurrency": 2,
        "timeout_s": 5,
        "item_timeout_s": 60,
        "retries": 0,
        "without_path": "generate",
        "screenshot_each_step": True,
        "viewport": {"width": 800, "height": 600},
        "user_agent": "Me",
        "locale": "zh-CN",
        "timezone": "Asia/Shanghai",
        "headers": {"X-One": "1"},
        "basic_auth": {"username": "ann", "password": "p:w"},
        "cookies": [{"name": "a", "value": "b", "domain": "x.example"}],
        "proxy": "http://127.0.0.1:1",
        "proxy_pool": True,
        "proxy_rotation": False,
        "dialogs": "accept",
        "keep_session": False,
        "skip_completed": True,
    }


def test_cookies_as_playwright_saves_them(written):
    saved = {"name": "a", "value": "b", "domain": "x", "path": "/", "expires": -1}
    state = {"cookies": [{**saved, "httpOnly": True, "sameSite": "Lax"}], "origins": []}
    spec = VisitOptions(cookies=written(json.dumps(state))).spec(WORDS)
    assert spec["cookies"] == [
        {
            "name": "a",
            "value": "b",
            "domain": "x",
            "path": "/",
            "http_only": True,
            "same_site": "Lax",
        }
    ]


@pytest.mark.parametrize("text", ["secret", '"secret"', '{"a": "secret"}', '["secret"]'])
def test_what_is_no_list_of_cookies_is_refused_and_not_quoted(written, text):
    with pytest.raises(UsageError, match="list of cookies") as raised:
        VisitOptions(cookies=written(text)).spec(WORDS)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("account", ["secret", ":secret"])
def test_an_account_without_its_user_is_refused_and_not_quoted(account):
    with pytest.raises(UsageError, match="USER:PASSWORD") as raised:
        VisitOptions(basic_auth=account).spec(WORDS)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("size", ["800", "800x", "800,600", "-1x5", "800x600x2"])
def test_a_viewport_that_is_none(size):
    with pytest.raises(UsageError, match="1280x720"):
        VisitOptions(viewport=size).spec(WORDS)


def test_the_account_may_come_by_the_environment(written, capsys, monkeypatch):
    monkeypatch.setenv("NIGHTDESK_BASIC_AUTH", "secret")
    assert run(["submit", "visit", written('["http://x/"]')], {}) == 2
    told = capsys.readouterr().err
    assert "USER:PASSWORD" in told
    assert "secret" not in told


def test_a_table_of_journeys(written):
    table = written(
        'url,name,path\nhttp://a/,A,"[{""do"": ""screenshot""}]"\nhttp://b/,,\n', "j.csv"
    )
    batch = read_items(table, VISIT_COLUMNS, WORDS)
    assert batch.items == (
        {"url": "http://a/", "name": "A", "path": [{"do": "screenshot"}]},
        {"url": "http://b/"},
    )
    assert batch.lines == (2, 3)


def test_json_brings_its_spec(written):
    file = written('{"spec": {"retries": 0},\n "tasks": ["http://a/"]}')
    batch = read_items(file, VISIT_COLUMNS, WORDS)
    assert (batch.items, batch.lines, batch.spec) == (("http://a/",), (2,), {"retries": 0})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot read"),
        ("3", "a JSON list"),
        ("[]", "no URLs"),
        ('{"items": [1], "spec": 2}', "spec must be"),
        ("[NaN]", "NaN"),
    ],
)
def test_a_file_that_is_no_batch_is_refused_before_any_server(written, capsys, text, said):
    assert run(["submit", "visit", written(text)], {}) == 2
    assert said in capsys.readouterr().err


def test_a_spec_is_not_kept_with_journeys(written, capsys):
    file = written('{"journeys": [{"url": "http://a/"}], "spec": {"retries": 0}}')
    assert run(["journeys", "put", file], {}) == 2
    assert "a spec is for submit visit" in capsys.readouterr().err

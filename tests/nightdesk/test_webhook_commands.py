"""`nightdesk webhooks` and the client's calls for webhooks and proxies, against a real server."""

from __future__ import annotations

import json

import httpx
import pytest

from nightdesk import AsyncClient, Client
from nightdesk.cli.app import run
from nightdesk.client import Invalid, NewWebhook, NotFound

URL = "https://hooks.example/told"


@pytest.fixture
def nightdesk(server, capsys, monkeypatch):
    """`nightdesk webhooks` against the server: (exit code, stdout, stderr)."""
    monkeypatch.setenv("NIGHTDESK_URL", server.url)

    def command(*arguments, language="en_GB.UTF-8"):
        code = run(("webhooks", *arguments), {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    yield command
    with Client(server.url) as desk:
        desk.set_webhooks([])


def test_one_is_added_listed_and_removed(nightdesk, server):
    assert nightdesk("list") == (0, "", "no webhooks (nightdesk webhooks add URL adds one)\n")
    code, out, err = nightdesk("add", URL, "--event", "failed", "--event", "cancelled")
    assert code == 0
    name, secret = (line.split() for line in out.splitlines())
    assert (name[0], secret[0]) == ("id", "secret")
    assert secret[1].startswith("whsec_")
    assert "shown this once" in err
    code, out, _ = nightdesk("list", "--json")
    listed = json.loads(out)
    assert (listed["id"], listed["url"], listed["secret"]) == (name[1], URL, None)
    assert listed["events"] == ["failed", "cancelled"]
    assert URL in nightdesk("list")[1]
    assert nightdesk("remove", name[1]) == (0, "", "")
    assert nightdesk("list", language="zh_CN.UTF-8")[2].startswith("还没有 Webhook")


def test_a_second_one_leaves_the_first_as_it_is(nightdesk, server):
    with Client(server.url) as desk:
        first = desk.add_webhook(URL)
    nightdesk("add", f"{URL}/2")
    with Client(server.url) as desk:
        kept = desk.webhooks()
        assert kept[0].id == first.id
        assert kept[0].events == ("completed", "partially_completed", "failed")
        assert [each.url for each in kept] == [URL, f"{URL}/2"]


def test_what_is_wrong_is_told(nightdesk, server):
    assert nightdesk("add", "ftp://x")[0] == 2
    assert nightdesk("add", URL, "--event", "begun")[0] == 2
    assert nightdesk("remove", "nobody")[2].startswith("nightdesk: there is no such webhook")
    assert nightdesk("test", "nobody")[0] != 0
    with Client(server.url) as desk:
        assert desk.webhooks() == ()


def test_a_test_is_put_down_and_its_try_is_told(nightdesk, server):
    with Client(server.url) as desk:
        made = desk.add_webhook("http://10.0.0.1/told")
        code, _, err = nightdesk("test", made.id)
        assert code == 0
        assert "nightdesk webhooks list" in err
        seen = desk.snapshot().revision
        while (shown := desk.webhooks()[0]).last_at is None:
            newer = {"after": seen, "wait": 30}
            httpx.get(f"{server.url}/api/desks/local", params=newer, timeout=60)
            seen = desk.snapshot().revision
        assert shown.last_error.startswith("refused: 10.0.0.1")
        assert shown.waiting == 1


async def test_the_client_for_trio_has_the_same_calls(server):
    async with AsyncClient(server.url) as desk:
        (made,) = await desk.set_webhooks([NewWebhook(URL)])
        added = await desk.add_webhook(f"{URL}/2", ["failed"])
        assert {made.secret is None, added.secret is None} == {False}
        assert [each.url for each in await desk.webhooks()] == [URL, f"{URL}/2"]
        await desk.remove_webhook(made.id)
        with pytest.raises(NotFound):
            await desk.remove_webhook(made.id)
        with pytest.raises(NotFound):
            await desk.test_webhook(made.id)
        assert await desk.set_webhooks([]) == ()


async def test_both_clients_keep_and_show_proxies(server):
    with Client(server.url) as desk:
        kept = desk.set_proxies(["socks5://me:pw@192.0.2.7:1080", "192.0.2.8:3128"])
        shown = [proxy.address for proxy in kept.proxies]
        assert shown == ["socks5://***@192.0.2.7:1080", "http://192.0.2.8:3128"]
        assert desk.set_proxies(shown).proxies == desk.proxies().proxies == kept.proxies
        with pytest.raises(Invalid):
            desk.set_proxies(["nonsense"])
    async with AsyncClient(server.url) as desk:
        assert (await desk.proxies()).server.count == 0
        check = await desk.check_proxy("http://10.0.0.1:1")
        assert not check.valid
        assert check.message
        assert (await desk.set_proxies([])).proxies == ()

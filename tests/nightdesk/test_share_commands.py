"""`nightdesk share`, `shares`, `unshare` and `qr`, and the clients' methods, at a real server."""

from __future__ import annotations

import json

import httpx
import pytest

from nightdesk.cli.app import run
from nightdesk.client import AsyncClient, Client, Invalid, NotFound


@pytest.fixture
def nightdesk(capsys, monkeypatch, server):
    """Run a command on a new guest desk: (exit code, stdout, stderr)."""
    with Client(server.url) as client:
        monkeypatch.setenv("NIGHTDESK_DESK", client.create_desk().desk_id)
    monkeypatch.setenv("NIGHTDESK_URL", server.url)
    monkeypatch.delenv("NIGHTDESK_TOKEN", raising=False)

    def command(*arguments, language="C.UTF-8"):
        code = run(arguments, {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def test_a_link_is_printed_once_listed_and_ended(nightdesk, tmp_path, monkeypatch):
    urls = tmp_path / "urls.txt"
    urls.write_text("https://example.com/\n")
    assert nightdesk("submit", "fetch", str(urls))[0] == 0
    code, out, err = nightdesk("share", "last", "--for", "1d", "--name", "Bo")
    assert code == 0
    address = out.strip()
    assert "the address is shown this once" in err
    assert httpx.get(f"{address}.txt").status_code == 200
    listed = json.loads(nightdesk("shares", "--json")[1])
    assert (listed["name"], listed["files"]) == ("Bo", False)
    assert "凭" not in nightdesk("shares")[1]
    assert "不含文件" in nightdesk("shares", language="zh_CN.UTF-8")[1]
    assert address.rpartition("/")[2] not in nightdesk("shares")[1]
    assert nightdesk("unshare", listed["id"])[0] == 0
    assert httpx.get(f"{address}.txt").status_code == 404
    assert nightdesk("unshare", listed["id"])[0] == 2
    assert "nobody else may look" in nightdesk("shares")[2]


@pytest.mark.parametrize(("span", "code"), [("59m", 2), ("91d", 2), ("1h", 0), ("90d", 0)])
def test_how_long_it_may_be(nightdesk, span, code):
    assert nightdesk("share", "--for", span)[0] == code


def test_the_address_as_a_code_on_a_terminal(nightdesk, monkeypatch):
    code, out, err = nightdesk("qr")
    assert code == 0
    assert len(out.splitlines()) > 15
    assert "/s/" in err
    monkeypatch.setenv("NIGHTDESK_TOKEN", "x.y.z")
    monkeypatch.delenv("NIGHTDESK_DESK")
    code, out, err = nightdesk("qr", language="zh_CN.UTF-8")
    assert (code, out) == (2, "")
    assert "令牌" in err


def test_from_python(server):
    with Client(server.url) as client:
        desk_id = client.create_desk().desk_id
    with Client(server.url, desk=desk_id) as client:
        made = client.share(name="for Bo", ttl_s=3_600)
        assert [share.id for share in client.shares()] == [made.share.id]
        with pytest.raises(Invalid):
            client.share(ttl_s=1)
        client.unshare(made.share.id)
        with pytest.raises(NotFound):
            client.unshare(made.share.id)


async def test_from_python_on_trio(server):
    async with AsyncClient(server.url) as client:
        desk_id = (await client.create_desk()).desk_id
    async with AsyncClient(server.url, desk=desk_id) as client:
        made = await client.share(files=True)
        assert made.share.files
        assert len(await client.shares()) == 1
        await client.unshare(made.share.id)
        assert await client.shares() == ()
        assert client.desk_url() is not None

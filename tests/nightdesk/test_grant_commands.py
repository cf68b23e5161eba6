"""`nightdesk grant` and `nightdesk plan`, at a real server with a tariff."""

from __future__ import annotations

import pytest

from nightdesk.cli.app import run
from nightdesk.client import Client
from state.views import desk_key
from tests.support.ports import refusing_port

TARIFF = """
[prices.kinds]
fetch = 2
[plans.pro]
max_items = 3
"""


@pytest.fixture
def command(capsys, monkeypatch):
    """Runs a command; (code, stdout, stderr)."""
    for name in ("NIGHTDESK_URL", "NIGHTDESK_TOKEN", "NIGHTDESK_DESK"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments, language="C.UTF-8"):
        code = run(arguments, {"LANG": language})
        shown = capsys.readouterr()
        return code, shown.out.strip(), shown.err.strip()

    return call


def test_a_user_is_granted_tokens_before_the_first_visit(command, server):
    at = ("--url", server.url, "--data", str(server.data))
    code, out, err = command("grant", "ann", "500", "--note", "for May", "--key", "k", *at)
    assert (code, out, err) == (0, "500 tokens granted to ann: 10500 in all", "")
    code, out, _ = command("grant", "ann", "500", "--key", "k", *at)
    assert (code, out) == (0, "this grant to ann was made before: 10500 tokens in all")
    code, out, _ = command("grant", "user:ann", "1", *at, language="zh_CN.UTF-8")
    assert (code, out) == (0, "已发放 1 个代币给 user:ann，余额 10501")
    _, token, _ = command("token", "ann", "--data", str(server.data))
    with Client(server.url, token=token) as client:
        found = client.ledger()
    assert (found.granted, found.balance) == (10_501, 10_501)
    assert [entry.note for entry in found.entries] == ["", "for May", ""]


def test_an_operators_token_does_as_well_as_the_folder(command, server, tmp_path):
    _, token, _ = command("token", "root", "--admin", "--data", str(server.data))
    at = ("--url", server.url, "--token", token, "--data", str(tmp_path / "none"))
    assert command("grant", desk_key("user:bob"), "5", *at)[0] == 2
    assert command("grant", "bob", "5", *at)[0] == 0
    assert command("grant", desk_key("user:bob"), "5", *at)[0] == 0


def test_a_plan_of_the_servers_holds_and_no_other(command, server):
    at = ("--url", server.url, "--data", str(server.data))
    code, _, err = command("plan", "ann", "gold", *at)
    assert code == 2
    assert "gold" in err
    assert command("plan", "ann", "", *at)[:2] == (0, "the plan of ann is now: -")


@pytest.mark.parametrize("amount", ["0", "-5", "1.5", "x", "1_000", "9" * 30])
def test_what_is_no_amount_is_refused(command, server, amount):
    at = ("--url", server.url, "--data", str(server.data))
    code, out, err = (
        command("grant", "ann", "--", amount)
        if amount[0] == "-"
        else command("grant", "ann", amount, *at)
    )
    assert (code, out) == (2, "")
    assert err


@pytest.mark.parametrize("user", ["", "user:", "a\nb", "n" * 201])
def test_what_is_no_user_is_refused(command, server, user):
    code, out, err = command("grant", user, "5", "--data", str(server.data))
    assert (code, out) == (2, "")
    assert err


def test_without_a_server_it_says_so(command, server):
    with refusing_port() as port:
        at = ("--url", f"http://127.0.0.1:{port}", "--data", str(server.data))
        code, out, err = command("grant", "ann", "5", *at)
    assert (code, out) == (3, "")
    assert "nightdesk serve" in err
    assert "--key" not in err


def test_without_a_folder_it_says_which(command, server, tmp_path):
    code, _, err = command("grant", "ann", "5", "--data", str(tmp_path / "none"))
    assert code == 2
    assert "--data" in err

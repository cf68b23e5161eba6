"""The command line in Chinese: the words of the API are said as the page says them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import web
from nightdesk import Client
from nightdesk.cli import wire_zh
from nightdesk.cli.app import run
from state.model import OutcomeStatus
from web.auth import Means

PAGE_WORDS = Path(web.__file__).parent / "page" / "i18n"


@pytest.fixture
def nightdesk(server, capsys):
    """Run a command against the server, in Chinese: what it printed."""

    def command(*arguments):
        run([*arguments, "--url", server.url], {"LANG": "zh_CN.UTF-8"})
        return capsys.readouterr().out

    return command


def said_by_the_page(beginning):
    source = "\n".join(path.read_text("utf-8") for path in PAGE_WORDS.glob("zh*.js"))
    return dict(re.findall(rf'^  "{re.escape(beginning)}(\w+)": "([^"]*)"', source, re.MULTILINE))


def test_the_page_and_the_command_line_say_the_same():
    assert said_by_the_page("audit.what.") == wire_zh.AUDIT_WHAT
    assert said_by_the_page("audit.by.").keys() == wire_zh.AUDIT_MEANS.keys()
    assert wire_zh.ITEM_STATUS.items() <= said_by_the_page("outcome.").items()


def test_every_word_that_there_is_has_one():
    assert set(OutcomeStatus) <= wire_zh.ITEM_STATUS.keys()
    assert set(get_args(Means)) <= wire_zh.AUDIT_MEANS.keys()


def test_items_and_the_audit_log_are_in_chinese(nightdesk, server):
    with Client(server.url, desk="local") as client:
        job = client.submit(["http://192.0.2.1/"], start=False)
    assert nightdesk("items", job.id, "--status", "pending").startswith("0\t待处理\t")
    line = nightdesk("audit").splitlines()[-1]
    assert f"  新建任务  {job.id}  成功  " in line
    assert "（在这台计算机上，来自 127.0.0.1）" in line

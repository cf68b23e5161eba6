"""What the command line advises to whoever asked wrongly, and what its help lists."""

from __future__ import annotations

import inspect
import json

import pytest

from nightdesk.cli.app import run
from nightdesk.cli.jobs import JobCommands
from nightdesk.ranges import RANGES
from state.model import JobStatus


@pytest.fixture
def nightdesk(capsys):
    """Run a command: (exit code, stdout, stderr)."""

    def command(*arguments, language="C.UTF-8"):
        code = run(arguments, {"LANG": language})
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def test_a_page_s_address_in_a_list_of_domains_is_told_once_with_its_host(nightdesk, server):
    asked = ("--deny", "http://ads.example/x", "--url", server.url)
    code, out, err = nightdesk("egress", *asked)
    assert (code, out) == (2, "")
    assert err == (
        "nightdesk: deny: 'http://ads.example/x' is no domain, address or network: "
        "give only the host: ads.example (invalid_request)\n"
    )


def test_each_wrong_domain_is_told_by_its_list(nightdesk, server):
    asked = ("--deny", "a..b", "--allow", "b.example:80", "--url", server.url)
    code, _, err = nightdesk("egress", *asked)
    assert code == 2
    first, second = err.splitlines()
    assert "allow: 'b.example:80'" in first
    assert "give only the host: b.example (and 1 more)" in first
    assert second.startswith("  deny: 'a..b'")


@pytest.mark.parametrize(("language", "said"), [("C", "To fetch"), ("zh_CN.UTF-8", "抓取")])
def test_a_file_without_a_kind_is_told_how_it_is_written(nightdesk, language, said):
    code, _, err = nightdesk("submit", "my urls.txt", language=language)
    assert code == 2
    assert said in err
    assert "nightdesk submit fetch 'my urls.txt'" in err
    _, _, err = nightdesk("submit", "urls.txt", "--json", language=language)
    assert "nightdesk submit fetch urls.txt" in json.loads(err)["error"]["message"]
    assert "submit fetch" not in nightdesk("wacth", language=language)[2]


@pytest.mark.parametrize(("language", "said"), [("C", "expected"), ("zh_CN.UTF-8", "多出来的")])
def test_what_is_one_word_too_many_is_named(nightdesk, language, said):
    code, _, err = nightdesk("agents", "run", "a.json", "b c.json", language=language)
    assert code == 2
    assert said in err
    assert "'b c.json'" in err
    assert "nightdesk agents run --help" in err


def test_help_lists_every_status_and_the_smallest_desk(nightdesk):
    annotation = inspect.signature(JobCommands.jobs, eval_str=True).parameters["status"].annotation
    listed = annotation.__metadata__[0].help
    assert [status for status in JobStatus if status not in listed] == []
    _, out, _ = nightdesk("serve", "--help")
    assert str(RANGES["max_desk_bytes"][0]) in out

"""Failures in groups: which hosts stand apart, from when to when, and which are busy."""

from __future__ import annotations

from functools import partial

import pytest

from state.filters import Facts, Seen
from state.groups import EXAMPLES, HOSTS_APART, HOSTS_NAMED, causes_of
from state.model import OutcomeStatus
from state.table import Table

FAILED = OutcomeStatus.FAILED


def filled(hosts, codes=None):
    """A table of items that failed at these hosts, one a second, from the newest to the oldest."""
    table = Table(len(hosts), 0)
    for index, host in enumerate(hosts):
        facts = Facts(url=f"http://{host}/", http_status=codes[index] if codes else 500)
        status = OutcomeStatus.OK if facts.http_status < 400 else FAILED
        seen = Seen(index, status, facts, at=float(len(hosts) - index))
        table.take(seen, partial(str))
    failed = bytearray(code >= 400 for code in codes or [500] * len(hosts))
    return causes_of(table, bytearray(b"\x01" * len(hosts)), failed)


def test_hosts_stand_apart_as_long_as_they_are_few():
    names = [f"h{n}.test" for n in range(HOSTS_APART)]
    page = filled(names)
    assert [(group.host, group.hosts_n) for group in page.groups] == [(name, 1) for name in names]
    (one,) = filled([*names, "h1.test", "more.test"]).groups
    assert (one.cause, one.host, one.n, one.hosts_n) == ("500", None, 7, HOSTS_APART + 1)
    # Those with most of them are named, and items of theirs are shown.
    assert one.hosts[0] == ("h1.test", 2)
    assert len(one.hosts) == HOSTS_NAMED
    assert one.examples == (0, 1, 2)
    assert len(one.examples) == EXAMPLES
    # From the first that ended to the last, whatever their order in the job.
    assert (one.since, one.latest) == (1.0, 7.0)


@pytest.mark.parametrize(("code", "busy"), [(200, 0), (429, 1), (500, 0), (503, 1)])
def test_a_host_is_busy_that_says_so(code, busy):
    (host,) = filled(["a.test"], [code]).hosts
    assert (host.host, host.n, host.failed_n, host.busy_n) == ("a.test", 1, int(code >= 400), busy)


def test_who_is_busy_comes_before_who_fails_and_that_before_who_is_asked_most():
    hosts = ["many.test"] * 3 + ["fails.test"] * 2 + ["busy.test"]
    page = filled(hosts, [200, 200, 200, 404, 404, 503])
    assert [host.host for host in page.hosts] == ["busy.test", "fails.test", "many.test"]
    assert page.failed == 3

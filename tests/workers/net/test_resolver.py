"""The resolver: one look-up a name, cached for a while, in its own threads, never for ever."""

import socket
import threading

import pytest
import trio
import trio.testing

from actors.ports import EgressRefused, HttpConnectError
from workers.net.dial import Dialer, client_tls
from workers.net.policy import Policy
from workers.net.resolver import Resolver


class Names:
    """A name server: each name has a list of answers, given in turn; it counts the questions."""

    def __init__(self, **answers):
        self.answers = {name.replace("_", "."): list(each) for name, each in answers.items()}
        self.asked = []

    def __call__(self, name):
        self.asked.append(name)
        answers = self.answers[name]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def resolver(lookup, **options):
    return Resolver(**{"threads": 2, "timeout_s": 5.0, **options}, lookup=lookup)


async def resolved(subject, host):
    return [str(address) for address in await subject.resolve(host)]


async def test_a_literal_address_asks_nobody():
    names = Names()
    assert await resolved(resolver(names), "8.8.8.8") == ["8.8.8.8"]
    assert await resolved(resolver(names), "::ffff:127.0.0.1") == ["127.0.0.1"]
    assert names.asked == []


async def test_a_name_is_asked_once_while_its_answer_is_fresh():
    names = Names(a_example=[["8.8.8.8", "fe80::1%eth0"]])
    subject = resolver(names)
    for _ in range(3):
        assert await resolved(subject, "a.example") == ["8.8.8.8", "fe80::1"]
    assert names.asked == ["a.example"]


async def test_an_old_answer_is_asked_for_again():
    names = Names(a_example=[["8.8.8.8"], ["9.9.9.9"]])
    subject = resolver(names, ttl_s=0.0)
    assert await resolved(subject, "a.example") == ["8.8.8.8"]
    assert await resolved(subject, "a.example") == ["9.9.9.9"]


async def test_the_cache_is_bounded():
    names = Names(a_example=[["8.8.8.8"]], b_example=[["8.8.8.8"]])
    subject = resolver(names, max_entries=1)
    for host in ("a.example", "b.example", "a.example"):
        await subject.resolve(host)
    assert names.asked == ["a.example", "b.example", "a.example"]


async def test_a_failure_is_remembered_too():
    names = Names(no_example=[socket.gaierror(-2, "Name or service not known")])
    subject = resolver(names)
    for _ in range(2):
        with pytest.raises(HttpConnectError, match=r"no\.example could not be resolved: name or"):
            await subject.resolve("no.example")
    assert len(names.asked) == 1


async def test_a_thousand_ask_at_once_and_the_server_once():
    names = Names(a_example=[["8.8.8.8"]])
    subject = resolver(names)
    async with trio.open_nursery() as nursery:
        for _ in range(1_000):
            nursery.start_soon(subject.resolve, "a.example")
    assert len(names.asked) == 1


async def test_followers_take_over_when_the_leader_is_cancelled():
    release = threading.Event()
    begun = trio.Event()
    asked = []

    def lookup(name):
        asked.append(name)
        if len(asked) == 1:
            trio.from_thread.run_sync(begun.set)
            release.wait(60)
        return ["8.8.8.8"]

    subject = resolver(lookup)
    leader = trio.CancelScope()

    async def lead():
        with leader:
            await subject.resolve("a.example")

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lead)
            # Blocked is a task also whose thread has not asked yet.
            await begun.wait()
            nursery.start_soon(subject.resolve, "a.example")
            await trio.testing.wait_all_tasks_blocked()
            leader.cancel()
    finally:
        release.set()
    assert len(asked) == 2


async def test_a_name_server_that_hangs_is_given_up_on():
    release = threading.Event()
    try:
        with pytest.raises(HttpConnectError, match=r"not resolved within 0\.05 s"):
            await resolver(lambda _: release.wait(60) or [], timeout_s=0.05).resolve("slow.example")
    finally:
        release.set()


async def test_a_name_without_addresses():
    with pytest.raises(HttpConnectError, match="has no address"):
        await resolver(lambda _: []).resolve("empty.example")


async def test_rebinding_gains_nothing():
    """Public when it is checked and private when it is connected to cannot happen: what was checked
    is connected to, and a later answer is checked anew."""
    names = Names(evil_example=[["8.8.8.8"], ["127.0.0.1"]])
    subject = resolver(names, ttl_s=0.0)
    dialer = Dialer(subject, Policy(), client_tls())
    assert [str(each) for each in await dialer.permitted("evil.example", 80)] == ["8.8.8.8"]
    with pytest.raises(EgressRefused, match="loopback"):
        await dialer.permitted("evil.example", 80)


class Hanging:
    """A name server that answers for `good.example`, and for the rest when it is let go."""

    def __init__(self, expected):
        self.let_go, self.hang = threading.Event(), threading.Event()
        self._expected, self._asked, self._lock = expected, 0, threading.Lock()

    def __call__(self, name):
        if name == "good.example":
            return ["8.8.8.8"]
        with self._lock:
            self._asked += 1
            if self._asked == self._expected:
                self.hang.set()
        self.let_go.wait()
        return ["9.9.9.9"]


async def test_names_that_hang_are_in_their_own_jobs_way_only(nursery):
    names = Hanging(expected=2)
    subject = resolver(names, threads=4, timeout_s=600.0)
    hostile, other = subject.for_job(), subject.for_job()
    try:
        for number in range(50):
            nursery.start_soon(hostile.resolve, f"hangs{number}.example")
        # Also a name that another job wants: it waits behind the others, for its own job.
        nursery.start_soon(hostile.resolve, "good.example")
        await trio.to_thread.run_sync(names.hang.wait)
        with trio.fail_after(60):
            assert await resolved(other, "good.example") == ["8.8.8.8"]
    finally:
        names.let_go.set()


async def test_who_found_no_look_up_free_spoils_no_name_for_others():
    names = Hanging(expected=1)
    subject = resolver(names, threads=2, timeout_s=0.2)
    hostile = subject.for_job()
    try:
        for host in ("hangs.example", "good.example"):
            with pytest.raises(HttpConnectError, match=r"within 0\.2 s"):
                await hostile.resolve(host)
        assert await resolved(subject.for_job(), "good.example") == ["8.8.8.8"]
    finally:
        names.let_go.set()

"""A pass has a door of its own, where nothing is asked: who comes by it, how long, and where to."""

import os
import socket
import subprocess
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest
import trio

from actors.ports import EgressRefused
from tests.support.gateway import Visit, settings, started
from tests.support.target import Target, page
from workers.net.addresses import DOORS
from workers.net.gateway import doors
from workers.net.gateway.peers import UnknownPeer, peer_uid
from workers.net.policy import Policy, parse_allow_target

HOST = str(DOORS)


@pytest.fixture
async def target(nursery):
    served = Target({"/": page(b"there")})
    await nursery.start(served.run)
    return served


@asynccontextmanager
async def attended(gateway, policy=None):
    with gateway.open_pass(policy) as leave:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(gateway.attend, leave)
            yield leave
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def at(leave):
    port = int(leave.door.address.rpartition(":")[2])
    async with await trio.open_tcp_stream(HOST, port) as stream:
        yield Visit(stream, "none")


async def get(leave, target):
    async with at(leave) as visit:
        place = f"127.0.0.1:{target.port}"
        await visit.send(f"GET http://{place}/ HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        return await visit.rest()


async def test_who_comes_by_the_door_shows_nothing(nursery, target):
    gateway = await started(nursery, settings("127.0.0.1"))
    async with attended(gateway) as leave:
        assert (await get(leave, target)).endswith(b"there")
        assert leave.connections == 1


async def test_each_door_has_the_policy_of_its_pass(nursery, target):
    gateway = await started(nursery, settings("127.0.0.1"))
    async with attended(gateway, Policy()) as strict, attended(gateway) as usual:
        assert (await get(strict, target)).startswith(b"HTTP/1.1 403")
        assert (await get(usual, target)).endswith(b"there")
    assert (strict.refused, usual.refused) == (1, 0)


async def test_the_door_is_shut_when_its_pass_ends(nursery, target):
    gateway = await started(nursery, settings("127.0.0.1"))
    async with attended(gateway) as leave:
        address = leave.door.listener.socket.getsockname()
        inside = await trio.open_tcp_stream(*address)
        await inside.send_all(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n" % target.port)
        assert (await inside.receive_some()).startswith(b"HTTP/1.1 200")
    async with inside:
        assert await inside.receive_some() == b""
    with pytest.raises(OSError, match="failed"):
        await trio.open_tcp_stream(*address)


async def test_another_account_is_turned_away(nursery, target, monkeypatch):
    gateway = await started(nursery, settings("127.0.0.1"))
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    async with attended(gateway) as leave:
        said = await get(leave, target)
    assert said.startswith(b"HTTP/1.1 403")
    assert b"for the browser of this server only" in said
    assert target.connections == 0


async def test_where_the_kernel_does_not_tell_there_are_no_doors(nursery, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert not doors.is_there()
    gateway = await started(nursery, settings())
    with gateway.open_pass() as leave:
        assert leave.door is None


@pytest.mark.parametrize("host", [HOST, f"::ffff:{HOST}", "64:ff9b::7f56:1"])
def test_a_door_is_nobodys_target_whatever_is_allowed(host):
    rules = [*parse_allow_target("127.0.0.0/8"), *parse_allow_target(f"{HOST}:8000")]
    with pytest.raises(EgressRefused, match="this server itself"):
        Policy(tuple(rules)).select("named.example", [ip_address(host)], 8000)


def _connected():
    with socket.create_server((HOST, 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        served, _ = listening.accept()
    return client, served


def test_whose_a_connection_is():
    client, served = _connected()
    with client, served:
        assert peer_uid(served) == os.getuid()


def test_a_connection_that_nobody_holds_is_nobodys():
    """The kernel says root of it."""
    client, served = _connected()
    client.close()
    with served, pytest.raises(UnknownPeer, match="closed"):
        peer_uid(served)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_whose_a_connection_of_another_account_is():
    with socket.create_server((HOST, 0)) as listening:
        port = listening.getsockname()[1]
        line = f"exec 3<>/dev/tcp/{HOST}/{port}; echo; read"
        with subprocess.Popen(
            ["/bin/bash", "-c", line],
            user=65534,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other:
            served, _ = listening.accept()
            other.stdout.read(1)
            with served:
                assert peer_uid(served) == 65534
            other.stdin.close()

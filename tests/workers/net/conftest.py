"""Fixtures: a running target, a client that may reach loopback, and one way to ask."""

from contextlib import asynccontextmanager

import pytest

from tests.support.ports import refusing_port
from tests.support.target import Target
from workers.net.client import open_http


@pytest.fixture
async def target(nursery):
    served = Target()
    await nursery.start(served.run)
    return served


@pytest.fixture
async def http(nursery):
    async with open_http({"allow_target": ["127.0.0.1"]}) as client:
        yield client


@asynccontextmanager
async def requested(client, method, url, **options):
    timeouts = {"connect_timeout_s": 5.0, "read_timeout_s": 5.0}
    async with client.slot() as slot, slot.request(method, url, **{**timeouts, **options}) as reply:
        yield reply


@pytest.fixture
def ask():
    """`await ask(client, url, method="GET", **options)` -> (status, headers, whole body)."""

    async def asked(client, url, method="GET", **options):
        async with requested(client, method, url, **options) as reply:
            body = b"".join([piece async for piece in reply.iter_bytes()])
            return reply.status_code, reply.headers, body

    return asked


@pytest.fixture
def closed_port():
    with refusing_port() as port:
        yield port

"""Fixtures: a WebUI that draws, and one way to have prompts made by it."""

import msgspec
import pytest

from executors.generate.run import GenerateExecutor
from executors.generate.spec import GenerateSpec
from tests.support.generating import LIMITS, Context, Tools, leased
from tests.support.ports import refusing_port
from tests.support.target import Target
from tests.support.webui import FakeWebUI
from workers.net.client import open_http


@pytest.fixture
async def webui(nursery):
    target = Target()
    await nursery.start(target.run)
    return FakeWebUI(target)


@pytest.fixture
def closed_port():
    with refusing_port() as port:
        yield port


@pytest.fixture
def context():
    return Context()


@pytest.fixture
async def http(webui):
    service = {"origin": webui.target.url(""), "authorization": "Basic b2xlOnNlY3JldA=="}
    async with open_http({"services": {"webui": service}}) as client:
        yield client


@pytest.fixture
def generate(http, context):
    """`await generate(item, **spec)` -> its result, in a job of its own."""

    async def generated(item, **spec):
        plan = GenerateSpec().plan(spec, [item], LIMITS)
        stored = msgspec.json.decode(msgspec.json.encode(plan.spec))
        async with GenerateExecutor().open(stored, Tools(http)) as runner:
            return await runner.run_item(leased(plan, 3), context)

    return generated

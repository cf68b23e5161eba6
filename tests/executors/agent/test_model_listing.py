"""Which models an endpoint has, and the scripted endpoint that ships with the product."""

import json

import pytest

from executors.agent.model.client import Endpoint, Model, Terms
from executors.agent.model.listing import check_model, listed_models
from executors.agent.ports import KeyRefused, ModelUnknown
from nightdesk.demo_model.endpoint import Endpoint as DemoEndpoint
from nightdesk.demo_model.endpoint import Manner
from nightdesk.demo_model.script import Round, Say, Script, Scripts, Trouble, writes
from state.spending import NO_SPEND
from tests.support.talking import ASK, CUT, SOON, WHOLE, Talker, answer, error, head, service_of
from workers.net.client import open_http

LIST = {"object": "list", "data": [{"id": "small"}, {"id": "large"}, {"id": 7}, "models/tiny"]}


async def asked(nursery, steps, act, *more):
    talker = Talker(steps)
    async with service_of(talker, nursery) as service:
        return await act(service, *more), talker


async def test_an_endpoint_lists_its_models(nursery):
    models, talker = await asked(nursery, answer(LIST), listed_models, "sk-1234567")
    assert models == {"small", "large", "models/tiny"}
    assert (talker.heard[0].method, talker.heard[0].path) == ("GET", "/v1/models")
    assert talker.heard[0].headers["authorization"] == "Bearer sk-1234567"


@pytest.mark.parametrize("model", ["small", "tiny", "Small"])
async def test_a_model_of_the_list_is_good(nursery, model):
    await asked(nursery, answer(LIST), check_model, model)


async def test_a_name_that_is_wrong_is_told_before_the_batch(nursery):
    with pytest.raises(ModelUnknown, match="has no model smal; it has small"):
        await asked(nursery, answer(LIST), check_model, "smal")


@pytest.mark.parametrize(
    "steps",
    [
        error("404 Not Found"),
        error("500 No"),
        [CUT],
        answer(b"<html>"),
        answer({"data": "none"}),
        answer({"data": []}),
        answer(b"[" * 100_000),
        [head("302 Found", "location: /", "content-length: 0")],
    ],
)
async def test_an_endpoint_that_does_not_tell_is_no_error(nursery, steps):
    await asked(nursery, steps, check_model, "any")


async def test_a_key_that_is_refused_is_told(nursery):
    refusal = error("401 No", "bad key sk-1234567")
    with pytest.raises(KeyRefused) as caught:
        await asked(nursery, refusal, check_model, "any", "sk-1234567")
    assert "sk-1234567" not in str(caught.value)


# ------------------------------------------------------------------------ the scripted endpoint


async def demo_model(nursery, client_of, **manner):
    demo = DemoEndpoint(Manner(**manner))
    await nursery.start(demo.serve)
    return demo, client_of(demo)


def client_of(demo):
    settings = {"origin": f"http://127.0.0.1:{demo.port}", "prefix": "/v1"}
    return open_http({"services": {"demo": settings}})


FIELDS = {"path": {"type": "string"}, "content": {"type": "string"}}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "write_file",
            "parameters": {"type": "object", "properties": FIELDS, "required": [*FIELDS]},
        },
    }
]


async def test_the_scripted_endpoint_is_called_like_any(nursery):
    troubles = (Trouble(status=429, retry_after="0"), Trouble(cut=40), Trouble(garbage="{"))
    script = Script(rounds=(Round(coder=(writes("a.txt", "héllo", before=troubles),)),))
    demo, opening = await demo_model(
        nursery, client_of, scripts=Scripts(by_text={"Say hello": script}), keys=("sk-1234567",)
    )
    async with opening as client:
        endpoint = Endpoint(client.service("demo"), timing=SOON)
        model = Model("demo-small", endpoint, Terms(key="sk-1234567"))
        reply = await model.call(type(ASK)(messages=ASK.messages, tools=TOOLS))
        [call] = reply.tool_calls
        assert json.loads(call.arguments) == {"path": "a.txt", "content": "héllo"}
        assert reply.usage_from == "endpoint"
        assert reply.spend.tokens > 0
        judged = await model.call(WHOLE)
        assert "done" in judged.text
        await check_model(client.service("demo"), "demo-small", "sk-1234567")
        with pytest.raises(KeyRefused):
            await Model("demo-small", endpoint, Terms(key="sk-wrong")).call(ASK)
    assert demo.requests == 3 + 1 + 1 + 1 + 1


async def test_a_usage_that_is_absurd_is_counted(nursery):
    script = Script(rounds=(Round(coder=(Say(text="hello", usage={"prompt_tokens": -1}),)),))
    _, opening = await demo_model(nursery, client_of, scripts=Scripts(by_text={"Say": script}))
    async with opening as client:
        model = Model("demo-small", Endpoint(client.service("demo"), timing=SOON), Terms())
        reply = await model.call(ASK)
    assert reply.usage_from == "counted"
    assert reply.spend != NO_SPEND

"""Pictures tagged by a WebUI: in its turn, with its words, and after it was away."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest
import trio

from actors.ports import LeasedItem, ToolUnavailable
from executors.generate.run import GenerateExecutor
from executors.generate.spec import GenerateSpec
from executors.tag.run import TagExecutor
from executors.tag.spec import TagSpec
from executors.webui.waiting import LOOK_AGAIN_S, WAITS
from state.model import OutcomeStatus
from tests.support import generating
from tests.support.generating import Context, Tools
from tests.support.houses import Heard
from tests.support.leasing import brief
from tests.support.pictures import picture
from tests.support.ports import refusing_port
from tests.support.tagging import LIMITS, Tagged
from tests.support.target import Target, page
from tests.support.webui import FakeWebUI
from workers.net.client import open_http
from workers.pool import Pools, PoolSettings

CAT = picture(size=(12, 7))


class Enclosing(Context):
    """A context whose item brought that picture."""

    def __init__(self, data):
        super().__init__()
        self._data = data

    async def enclosed(self):
        return self._data


@pytest.fixture
async def webui(nursery):
    target = Target()
    await nursery.start(target.run)
    return FakeWebUI(target)


def settings(origin):
    return {"services": {"webui": {"origin": origin, "authorization": "Basic b2xlOnNlY3JldA=="}}}


@pytest.fixture
async def http(webui):
    async with open_http(settings(webui.target.url(""))) as client:
        yield client


def stored(spec, executor):
    made = executor.plan(spec, ["pets/cat.png"], LIMITS)
    spec = msgspec.json.decode(msgspec.json.encode(executor.fill_secrets(made.spec, {})))
    [item] = made.items
    return spec, LeasedItem(0, 0, item.key, item.item)


@pytest.fixture
def tag(http):
    """`await tag(picture, **spec)` -> (its result, its context)."""

    async def tagged(data, *, by=http, **spec):
        context = Enclosing(data)
        asked, item = stored({"analyzer": "deepbooru", **spec}, TagSpec(None, ["pets"], webui=True))
        async with TagExecutor().open(asked, Tools(by)) as runner:
            return await runner.run_item(item, context), context

    return tagged


def names(result):
    return [each["name"] for each in result.result["tags"]]


@pytest.mark.parametrize(("analyzer", "model"), [("deepbooru", "deepdanbooru"), ("clip", "clip")])
async def test_the_webuis_own_two(tag, webui, analyzer, model):
    result, context = await tag(CAT, analyzer=analyzer, tag_order="name")
    assert result.status == OutcomeStatus.OK
    assert names(result) == ["blue sky", "grass", "name (a show)", "side_12"]
    assert context.artifacts == {"pets/cat.txt": b"blue sky, grass, name (a show), side_12\n"}
    [asked] = webui.calls
    assert (asked["model"], base64.b64decode(asked["image"])) == (model, CAT)
    assert webui.paths == ["/sdapi/v1/interrogate"]


async def test_the_tagger_of_its_extension(tag, webui):
    result, _ = await tag(CAT, analyzer="wd14tagger", model="wd14-vit-v2", threshold=0.3)
    assert names(result) == ["side_12", "long_hair"]
    assert result.result["ratings"] == {"general": 0.8}
    [asked] = webui.calls
    assert (asked["model"], asked["threshold"]) == ("wd14-vit-v2", 0.3)
    assert webui.paths == ["/tagger/v1/interrogate"]


async def test_without_a_model_it_is_the_first_that_the_webui_has(tag, webui):
    await tag(CAT, analyzer="wd14tagger")
    assert webui.calls[0]["model"] == "wd14-first"


async def test_a_webui_without_taggers_is_told(tag, webui):
    webui.target.handlers["/tagger/v1/interrogators"] = page(b'{"models": []}')
    result, _ = await tag(CAT, analyzer="wd14tagger")
    assert "no model" in result.error
    webui.script = [page(b'{"detail": "Not Found"}', "404 Not Found")]
    result, _ = await tag(CAT, analyzer="wd14tagger", model="x")
    assert (result.retry, "an extension of it" in result.error) == (False, True)
    webui.script = [page(b'{"detail": "Model not found"}', "404 Not Found")]
    result, _ = await tag(CAT, analyzer="wd14tagger", model="x")
    assert "Model not found" in result.error


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"hello", b"%PDF-1.7"])
async def test_what_is_no_picture_is_not_sent(tag, webui, data):
    result, _ = await tag(data)
    assert (result.status, result.retry) == (OutcomeStatus.FAILED, False)
    assert webui.calls == []


@pytest.mark.parametrize(
    ("status", "body", "words", "retry"),
    [
        ("500 Internal Server Error", b'{"error": "OutOfMemoryError"}', "OutOfMemoryError", True),
        ("401 Unauthorized", b"", "--webui-auth-file", False),
        ("200 OK", b"garbage", "not what its API promises", True),
    ],
)
async def test_a_refusal_is_told_in_words(tag, webui, status, body, words, retry):
    webui.script = [page(body, status)]
    result, _ = await tag(CAT)
    assert (result.status, result.retry) == (OutcomeStatus.FAILED, retry)
    assert words in result.error


async def test_a_webui_that_is_away_is_waited_for(tag):
    with refusing_port() as port:
        async with open_http(settings(f"http://127.0.0.1:{port}")) as http:
            result, context = await tag(CAT, by=http)
    assert (result.wait_s, result.stage) == (LOOK_AGAIN_S, WAITS)
    assert "pictures wait for it" in context.lines[0][1]


async def test_without_one_the_job_says_how_to_name_it(tag):
    async with open_http({}) as http:
        with pytest.raises(ToolUnavailable, match="--webui http://HOST:PORT"):
            await tag(CAT, by=http)


async def test_pictures_and_prompts_take_turns(tag, webui, http):
    """The house asks the WebUI for one thing at a time, whatever kind of job wants it."""
    webui.hold = True
    plan = GenerateSpec().plan({}, ["a fox"], generating.LIMITS)
    spec = msgspec.json.decode(msgspec.json.encode(plan.spec))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tag, CAT)
        await webui.begun.wait()
        async with GenerateExecutor().open(spec, Tools(http)) as runner:
            nursery.start_soon(runner.run_item, generating.leased(plan), Context())
            nursery.start_soon(tag, CAT)
            webui.release.set()
            with trio.fail_after(60):
                while len(webui.calls) < 3 or webui.at_work:
                    await trio.lowlevel.checkpoint()
    assert (len(webui.calls), webui.most_at_work) == (3, 1)


async def test_in_a_real_worker_for_the_network(webui, nursery):
    executor = TagSpec(None, ["pets"], webui=True)
    heard = Heard()
    tools = {"http": settings(webui.target.url(""))}
    pools = Pools(PoolSettings(tool_settings=tools), {"tag": executor}, heard)
    await nursery.start(pools.run)
    pictures = [picture(size=(side, 9)) for side in (3, 5, 8)]
    plan = Tagged.plan(executor, {"analyzer": "deepbooru", "save_type": "json"}, len(pictures))
    filled = executor.fill_secrets(plan.spec, {})
    pool = executor.pool_of(plan.spec)
    async with pools.attach(brief(kind="tag", pool=pool, spec=filled)) as attachment:
        tagged = Tagged(attachment, heard)
        items = [LeasedItem(i, 0, item.key, item.item) for i, item in enumerate(plan.items)]
        await tagged.work(items, pictures)
    assert [f"side_{side}" in tagged.names(at) for at, side in enumerate((3, 5, 8))] == [True] * 3
    assert json.loads(tagged.files["pets/2.json"])["analyzer"] == "deepbooru"
    assert webui.most_at_work == 1

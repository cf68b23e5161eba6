"""What a worker that was killed has left at work in the WebUI, and pictures that prompts begin
with."""

import base64
from contextlib import suppress

import msgspec
import pytest
import trio
from msgspec import Raw

from actors.errors import InvalidSpec
from actors.ports.enclosures import NotEnclosed
from executors.generate.enclosing import InitPictures
from executors.generate.items import stored_prompt
from executors.generate.run import GenerateExecutor
from executors.generate.spec import GenerateSpec
from executors.webui.client import INTERRUPT_S, NotUp, WebUI
from executors.webui.waiting import LOOK_AGAIN_S, WAITS
from state.library import Picture
from state.model import OutcomeStatus
from tests.support.generating import LIMITS, Context, Tools, leased
from tests.support.pictures import picture
from tests.support.target import page
from workers.net.client import open_http

CAT = Picture(id="cat", name="cat", digest="d" * 64, format="png", width=9, height=9, size_bytes=9)
PNG = picture(size=(9, 9))


@pytest.mark.parametrize(("job", "interrupts"), [("scripts_txt2img", 1), ("Batch 2 out of 4", 1),
                                                 ("task(abc)", 0)])  # fmt: skip
async def test_what_was_left_is_interrupted_before_the_next_call(
    after_a_death, webui, job, interrupts
):
    """But not what somebody makes by hand, in the WebUI's own page."""
    webui.at_work, webui.job = 1, job
    assert (await after_a_death()).status == OutcomeStatus.OK
    assert webui.order == [*["interrupt"] * interrupts, "begin"]
    await after_a_death(b"-")
    assert webui.interrupts == interrupts


async def test_what_has_ended_is_not_interrupted(after_a_death, webui):
    await after_a_death()
    assert webui.interrupts == 0


async def test_what_was_left_is_seen_to_by_whoever_finds_the_webui_there(
    after_a_death, webui, turns
):
    good = webui.target.handlers.pop("/sdapi/v1/progress")
    looks = []

    async def away_at_second(talk):
        looks.append(talk)
        await (good(talk) if len(looks) == 1 else page(b"", "503 Service Unavailable")(talk))

    webui.target.handlers["/sdapi/v1/progress"] = away_at_second
    webui.at_work = 1
    assert (await after_a_death()).stage == WAITS
    assert turns.read_bytes() == b"!"
    assert webui.order == []


async def test_a_webui_that_trickles_is_not_there(http, webui):
    """However slowly its words come, each within the time for a word."""

    async def trickle(talk):
        await talk.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        with suppress(trio.BrokenResourceError):
            while True:
                await talk.send(b" ")
                await trio.sleep(0.01)

    webui.target.handlers["/sdapi/v1/progress"] = trickle
    with pytest.raises(NotUp, match=r"took longer than 0\.2 s"):
        await WebUI(http.service("webui")).look(0.2)


async def test_one_that_goes_while_a_prompt_waits_its_turn_costs_no_attempt(
    http, webui, context, generate
):
    waits = trio.Event()
    context.said = waits.set
    results = []

    async def make():
        results.append(await generate("a fox"))

    async with trio.open_nursery() as nursery, http.service("webui").turn():
        nursery.start_soon(make)
        await waits.wait()
        webui.target.handlers["/sdapi/v1/progress"] = page(b"", "503 Service Unavailable")
    assert [(each.wait_s, each.retry) for each in results] == [(LOOK_AGAIN_S, False)]
    assert webui.calls == []


async def test_an_interruption_that_hangs_holds_nobody_up(generate, webui, mock_clock):
    hung = trio.Event()

    async def hang(talk):
        hung.set()
        mock_clock.jump(INTERRUPT_S)
        await trio.sleep_forever()

    webui.target.handlers["/sdapi/v1/interrupt"] = hang
    webui.hold = True
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(generate, "a fox")
            await webui.begun.wait()
            scope.cancel()
    assert hung.is_set()
    webui.release.set()
    assert (await generate("another")).status == OutcomeStatus.OK


async def test_one_who_is_cancelled_between_two_calls_interrupts_nobody(generate, webui, context):
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: generate("a fox", loop_count=2, loop_delay_s=60))
            while not context.artifacts:
                await trio.lowlevel.checkpoint()
            scope.cancel()
    assert (len(webui.calls), webui.interrupts) == (1, 0)


async def test_the_pictures_of_another_attempt_take_the_place_of_the_first(generate, context):
    for _ in range(2):
        await generate("a fox", batch_size=2)
    assert sorted(context.artifacts) == ["00003-1.png", "00003-2.png"]
    await generate("a fox", seed=7)
    assert "00003-1-7.png" in context.artifacts


@pytest.fixture
def turns(tmp_path):
    return tmp_path / "turns"


@pytest.fixture
def after_a_death(webui, turns):
    """A prompt, by a worker that takes the place of one that died in its turn."""

    async def generated(mark=b"!"):
        turns.write_bytes(mark)
        service = {"origin": webui.target.url(""), "turns": str(turns)}
        plan = GenerateSpec().plan({}, ["a fox"], LIMITS)
        async with (
            open_http({"services": {"webui": service}}) as http,
            GenerateExecutor().open(plan.spec, Tools(http)) as runner,
        ):
            return await runner.run_item(leased(plan), Context())

    return generated


class Enclosing(Context):
    def __init__(self, data):
        super().__init__()
        self.data = data

    async def enclosed(self):
        return self.data


@pytest.fixture
def begun_with(http):
    """A prompt that names a picture, whose bytes came with it -> its result."""

    async def generated(data):
        item = {"prompt": "a fox", "init_image": {"picture": "cat"}}
        plan = GenerateSpec().plan({"pictures": {"cat": CAT}}, [item], LIMITS)
        spec = msgspec.json.decode(msgspec.json.encode(plan.spec))
        async with GenerateExecutor().open(spec, Tools(http)) as runner:
            return await runner.run_item(leased(plan), Enclosing(data))

    return generated


async def test_the_picture_that_was_enclosed_is_what_it_begins_with(begun_with, webui):
    assert (await begun_with(PNG)).status == OutcomeStatus.OK
    assert webui.paths == ["/sdapi/v1/img2img"]
    assert webui.calls[0]["init_images"] == [base64.b64encode(PNG).decode()]


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"GIF89a"])
async def test_what_is_no_picture_is_not_sent(begun_with, webui, data):
    result = await begun_with(data)
    assert (result.status, result.retry) == (OutcomeStatus.FAILED, False)
    assert result.error == "cat.png is no PNG, JPEG or WebP"
    assert webui.calls == []


def named(**init_image):
    return {"prompt": "x", "init_image": init_image}


def test_a_picture_of_the_library_becomes_the_jobs():
    plan = GenerateSpec(["pets"]).plan(
        {"pictures": {"cat": CAT}},
        [named(picture="cat"), named(file={"job": "a", "name": "b.png"}), named(path="pets/c.png")],
        LIMITS,
    )
    assert plan.assets == (CAT.digest,)
    assert "pictures" not in plan.spec
    sources = [stored_prompt(item.item).source for item in plan.items]
    assert (sources[0].digest, sources[1].file.name, sources[2].path) == (
        CAT.digest, "b.png", "pets/c.png",
    )  # fmt: skip
    assert {stored_prompt(item.item).picture for item in plan.items} == {None}


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (named(picture="dog"), "init_image.picture"),
        (named(path="../../etc/passwd"), "init_image.path"),
        (named(path="dogs/x.png"), "init_image.path"),
        (named(file={"job": "a"}), "init_image.file"),
        (named(), "init_image"),
        (named(picture="cat", path="pets/c.png"), "init_image"),
    ],
)
def test_what_names_no_picture_is_told(item, field):
    with pytest.raises(InvalidSpec) as refused:
        GenerateSpec(["pets"]).plan({"pictures": {"cat": CAT}}, [item], LIMITS)
    assert [each["field"] for each in refused.value.details["errors"]] == [field]


def test_no_request_puts_pictures_in_the_librarys_place():
    with pytest.raises(InvalidSpec, match="are named by items"):
        GenerateSpec().plan({"pictures": {"cat": {"digest": "d"}}}, ["x"], LIMITS)


class Library:
    """A `Pictures` that has one."""

    async def read(self, desk, job_id, items):
        if msgspec.json.decode(items[0])["picture"] != "cat":
            raise NotEnclosed("it is gone")
        return [PNG]


async def test_only_items_that_name_one_bring_a_picture():
    read = InitPictures(Library()).read
    plan = GenerateSpec().plan({"pictures": {"cat": CAT}}, [named(picture="cat"), "y"], LIMITS)
    with_one, without = (Raw(bytes(item.item)) for item in plan.items)
    assert await read("desk", "job", [with_one, without]) == [PNG]
    assert await read("desk", "job", [without, with_one]) == [b""]

"""One prompt from its payload to its pictures, over real sockets, by a WebUI that draws."""

import base64
import io

import pytest
import trio
from PIL import Image

from executors.generate import options
from executors.generate import run as generating
from executors.generate.run import GenerateExecutor
from executors.generate.spec import GenerateSpec
from executors.webui.client import WebUI
from executors.webui.waiting import LOOK_AGAIN_S, WAITS
from state.model import OutcomeStatus
from tests.support.generating import LIMITS, Tools, leased
from tests.support.target import page
from tests.support.webui import drawn
from workers.net.client import open_http


async def test_a_prompt_becomes_pictures_with_their_parameters(generate, webui, context):
    result = await generate("a red fox", width=512, height=768, steps=30, seed=77, batch_size=2)
    assert result.status is OutcomeStatus.OK
    assert result.result["files"] == ["00003-1-77.png", "00003-2-78.png"]
    assert result.result["file"] == "00003-1-77.png"
    assert result.result["seeds"] == [77, 78]
    assert (result.result["width"], result.result["height"]) == (64, 96)
    assert result.result["parameters"] == "a red fox\nSteps: 30, Seed: 77"
    assert set(context.artifacts) == set(result.result["files"])
    assert result.tally == {"found": 2, "made": 2}
    with Image.open(io.BytesIO(context.artifacts["00003-1-77.png"])) as picture:
        assert picture.size == (64, 96)
    assert webui.paths == ["/sdapi/v1/txt2img"]


async def test_what_the_webui_is_asked_for(generate, webui):
    await generate(
        {"prompt": "a fox", "negative_prompt": "blur", "seed": 5},
        negative_prompt="ugly",
        model="anything",
        vae="fine",
        clip_skip=2,
        ensd=31337,
        enable_hr=True,
        hr_steps=7,
        hr_denoising_strength=0.4,
        loras=[{"name": "ink", "weight": 0.8, "tags": ["ink wash", " "]}, {"name": "fur"}],
    )
    [asked] = webui.calls
    assert asked["prompt"] == "a fox, ink wash, <lora:ink:0.8>, <lora:fur:1>"
    assert (asked["negative_prompt"], asked["seed"]) == ("blur", 5)
    assert asked["sampler_name"] == "DPM++ 2M Karras"
    assert asked["override_settings"] == {
        "sd_model_checkpoint": "anything",
        "sd_vae": "fine",
        "CLIP_stop_at_last_layers": 2,
        "eta_noise_seed_delta": 31337,
    }
    assert (asked["hr_second_pass_steps"], asked["denoising_strength"]) == (7, 0.4)
    assert asked["save_images"] is False
    assert "eta" not in asked


async def test_a_picture_to_begin_with_goes_to_img2img(generate, webui):
    begun = drawn(1, 8, 8, "")
    data_url = f"data:image/png;base64,{base64.b64encode(begun).decode()}"
    result = await generate({"init_image": data_url}, prompt="as oil", denoising_strength=0.3)
    assert result.status is OutcomeStatus.OK
    assert webui.paths == ["/sdapi/v1/img2img"]
    [asked] = webui.calls
    assert [base64.b64decode(each) for each in asked["init_images"]] == [begun]
    assert (asked["prompt"], asked["denoising_strength"]) == ("as oil", 0.3)


async def test_loops_are_calls_whose_seeds_go_on(generate, webui):
    result = await generate("a fox", seed=10, batch_size=2, loop_count=3, loop_delay_s=0)
    assert [asked["seed"] for asked in webui.calls] == [10, 12, 14]
    assert result.result["seeds"] == [10, 11, 12, 13, 14, 15]
    assert len(set(result.result["files"])) == 6


async def test_a_random_seed_stays_random_in_each_loop(generate, webui):
    await generate("a fox", loop_count=2, loop_delay_s=0)
    assert [asked["seed"] for asked in webui.calls] == [-1, -1]


async def test_a_grid_is_kept_apart_from_the_pictures(generate, context):
    result = await generate("a fox", seed=1, batch_size=2, save_grid=True)
    assert result.result["grids"] == ["00003-grid-1.png"]
    assert result.result["seeds"] == [1, 2]
    assert len(context.artifacts) == 3


async def test_progress_is_told_while_the_webui_makes(generate, webui, context, monkeypatch):
    monkeypatch.setattr(generating, "PROGRESS_INTERVAL_S", 0.01)
    webui.hold = True
    # The first look is before the call; two more while it makes, and it may end.
    webui.looked = lambda looks: webui.release.set() if looks >= 4 else None
    await generate("a fox", loop_count=2, loop_delay_s=0)
    assert (0.0, "loop 1 of 2", 0, 0) in context.told
    assert (0.125, "loop 1 of 2, step 5 of 20", 5, 20) in context.told


async def test_one_who_is_cancelled_interrupts_the_webui(generate, webui):
    webui.hold = True
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(generate, "a fox")
            await webui.begun.wait()
            scope.cancel()
    assert webui.interrupts == 1


async def test_one_who_waits_for_another_interrupts_nobody(http, webui, context):
    """Two jobs, perhaps of two desks, at one WebUI: it makes one after the other."""
    webui.hold = True
    waits = trio.Event()
    plan = GenerateSpec().plan({}, ["a fox"], LIMITS)

    async def make(scope, *, task_status=trio.TASK_STATUS_IGNORED):
        task_status.started()
        async with GenerateExecutor().open(plan.spec, Tools(http)) as runner:
            with scope:
                await runner.run_item(leased(plan), context)

    second = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        await nursery.start(make, trio.CancelScope())
        await webui.begun.wait()
        async with trio.open_nursery() as waiting:
            context.said = lambda: waits.set()
            await waiting.start(make, second)
            await waits.wait()
            # By then a call that waits for nobody has come as well.
            await WebUI(http.service("webui")).look()
            second.cancel()
        assert (webui.interrupts, len(webui.calls)) == (0, 1)
        webui.release.set()


async def test_a_call_that_takes_too_long_is_interrupted_and_tried_again(
    generate, webui, monkeypatch
):
    monkeypatch.setattr(options, "MIN_TIMEOUT_S", 0.01)
    webui.hold = True
    result = await generate("a fox", timeout_s=0.25)
    assert webui.interrupts == 1
    assert (result.status, result.retry) == (OutcomeStatus.FAILED, True)
    assert result.error == "the WebUI took longer than 0.25 s"


async def test_prompts_wait_for_a_webui_that_is_away(closed_port, context):
    service = {"origin": f"http://127.0.0.1:{closed_port}"}
    async with open_http({"services": {"webui": service}}) as client:
        plan = GenerateSpec().plan({}, ["a fox"], LIMITS)
        async with GenerateExecutor().open(plan.spec, Tools(client)) as runner:
            results = [await runner.run_item(leased(plan), context) for _ in range(2)]
    assert [(each.wait_s, each.stage) for each in results] == [(LOOK_AGAIN_S, WAITS)] * 2
    [(level, said)] = context.lines
    assert level == "warning"
    assert "prompts wait for it" in said


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable"])
async def test_one_that_starts_is_waited_for(generate, webui, status):
    webui.target.handlers["/sdapi/v1/progress"] = page(b"starting", status)
    result = await generate("a fox")
    assert result.wait_s == LOOK_AGAIN_S
    assert webui.calls == []


async def test_the_login_is_sent_and_known_to_nobody(generate, webui, context):
    await generate("a fox")
    assert {asked.headers["authorization"] for asked in webui.target.asked} == {
        "Basic b2xlOnNlY3JldA=="
    }
    assert "c2VjcmV0" not in repr(vars(context))


async def test_without_a_webui_the_job_says_how_to_name_one(context):
    async with open_http({}) as client:
        with pytest.raises(generating.ToolUnavailable, match="--webui http://HOST:PORT"):
            async with GenerateExecutor().open(GenerateSpec().plan({}, ["x"], LIMITS).spec,
                                               Tools(client)):  # fmt: skip
                raise AssertionError("it was opened")

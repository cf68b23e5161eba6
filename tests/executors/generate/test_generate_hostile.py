"""Answers that are none: each is a failed attempt in words, and nothing of them is believed."""

import base64
import struct
import zlib

import orjson
import pytest

from executors.generate.answers import read_made
from executors.webui import client as talking
from executors.webui.answers import BadAnswer, error_of, read_progress
from state.model import OutcomeStatus
from tests.support.target import page
from tests.support.webui import drawn

GOOD = drawn(7, 16, 16, "a fox")


def answer(*pictures, **rest):
    texts = [
        each if isinstance(each, str) else base64.b64encode(each).decode() for each in pictures
    ]
    return orjson.dumps({"images": texts, "info": "{}", **rest})


def lying_size(data, width, height):
    head = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
    return data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not what its API promises"),
        (b"<html>", "not what its API promises"),
        (b"[]", "not what its API promises"),
        (orjson.dumps({"images": [1]}), "not what its API promises"),
        (orjson.dumps({"images": None}), "not what its API promises"),
        (orjson.dumps({"images": []}), "made 0 of 1 pictures"),
        (answer("%%%%"), "not valid base64"),
        (answer(b"GIF89a"), "no PNG, JPEG or WebP"),
        (answer(b"<svg/>"), "no PNG, JPEG or WebP"),
        (answer(GOOD[:-1]), "cut off or broken"),
        (answer(GOOD[:40]), "cut off or broken"),
        (answer(GOOD[:50] + b"\0" + GOOD[51:]), "cut off or broken"),
        (answer(lying_size(GOOD, 0, 16)), "has no size"),
    ],
)
def test_an_answer_that_is_none(body, words):
    with pytest.raises(BadAnswer, match=words):
        read_made(body, 1)


def test_a_picture_that_claims_to_be_huge_is_not_decoded():
    """Nothing here draws it: its size is told, and whoever decodes it has limits."""
    made = read_made(answer(lying_size(GOOD, 50_000, 50_000)), 1)
    assert made.pictures[0].width == 50_000


@pytest.mark.parametrize(
    "info",
    [
        '{"all_seeds": "x"}',
        '{"all_seeds": ["1", null]}',
        "[]",
        "no",
        '{"index_of_first_image": 9}',
        '{"index_of_first_image": -1}',
        '{"index_of_first_image": true}',
    ],
)
def test_what_is_said_of_pictures_is_believed_only_as_far_as_it_makes_sense(info):
    made = read_made(answer(GOOD, info=info), 1)
    assert (len(made.pictures), made.seeds, made.grids) == (1, (None,), ())


def test_more_pictures_than_were_wanted_are_left_out():
    assert len(read_made(answer(GOOD, GOOD, GOOD), 2).pictures) == 2


def test_other_kinds_of_pictures_keep_their_names():
    jpeg, webp = drawn(1, 8, 8, "", "JPEG"), drawn(1, 8, 8, "", "WEBP")
    data_url = f"data:image/png;base64,{base64.b64encode(GOOD).decode()}"
    made = read_made(answer(jpeg, webp, data_url), 3)
    assert [each.suffix for each in made.pictures] == ["jpg", "webp", "png"]


def test_parameters_are_made_inert():
    [picture] = read_made(answer(drawn(1, 8, 8, "fox\x1b[31m\nSteps: 1")), 1).pictures
    assert "\x1b" not in picture.parameters
    assert picture.parameters.endswith("\nSteps: 1")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"progress": "x"}', b'{"state": 1}'])
def test_progress_that_is_none(body):
    assert read_progress(body) is None


def test_progress_stays_within_its_bounds():
    said = orjson.dumps({"progress": 7, "state": {"sampling_step": 99, "sampling_steps": 20}})
    seen = read_progress(said)
    assert (seen.share, seen.step, seen.steps) == (1.0, 20, 20)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "OutOfMemoryError", "errors": "CUDA out of memory"}',
         "OutOfMemoryError: CUDA out of memory"),
        (b'{"detail": [{"loc": ["body"], "msg": "field required"}]}', "field required"),
        (b'{"detail": "Sampler not found"}', "Sampler not found"),
        (b'{"error": 5, "detail": [7]}', ""),
        (b"<html>", ""),
    ],
)  # fmt: skip
def test_words_of_an_error(body, words):
    assert error_of(body) == words


@pytest.mark.parametrize(
    ("status", "body", "words", "retry"),
    [
        ("500 Internal Server Error", b'{"error": "OutOfMemoryError"}', "OutOfMemoryError", True),
        (
            "422 Unprocessable Entity",
            b'{"detail": "Sampler not found"}',
            "Sampler not found",
            False,
        ),
        ("401 Unauthorized", b"", "--webui-auth-file", False),
        ("404 Not Found", b"", "started with --api", False),
        ("302 Found", b"", "a redirect", False),
        ("200 OK", b"garbage", "not what its API promises", True),
    ],
)
async def test_a_refused_call_is_told_in_words(generate, webui, status, body, words, retry):
    webui.script = [page(body, status)]
    result = await generate("a fox")
    assert (result.status, result.retry) == (OutcomeStatus.FAILED, retry)
    assert words in result.error


async def test_a_webui_that_breaks_off_costs_an_attempt(generate, webui):
    async def broken(talk):
        talk.reset()

    webui.script = [broken]
    result = await generate("a fox")
    assert (result.status, result.retry, result.wait_s) == (OutcomeStatus.FAILED, True, None)


async def test_an_endless_answer_is_cut(generate, webui, monkeypatch):
    monkeypatch.setattr(talking, "MAX_ANSWER_BYTES", 1_000)
    webui.script = [page(b"x" * 1_001)]
    result = await generate("a fox")
    assert result.error == "the WebUI's answer is larger than 1000 bytes"


async def test_pictures_of_earlier_loops_are_kept_where_a_later_one_fails(generate, webui):
    webui.script = [page(webui.answer(asked())), page(b"{}", "500 Internal Server Error")]
    result = await generate("a fox", loop_count=2, loop_delay_s=0)
    assert result.status is OutcomeStatus.FAILED
    assert result.result["files"] == ["00003-1.png"]
    assert result.tally == {"found": 2, "made": 1}


def asked():
    return {"batch_size": 1, "n_iter": 1, "seed": 9, "prompt": "a fox", "steps": 1, "width": 64,
            "height": 64, "do_not_save_grid": True}  # fmt: skip

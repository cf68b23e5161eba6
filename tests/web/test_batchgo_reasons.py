"""What is wrong is said in one language: no Chinese message has English reasons in it."""

from __future__ import annotations

import pytest

from tests.support.batchgo import ANN, TASKS, URLS, Client, playing
from tests.web.test_batchgo_refusals import BAD
from web.dialects.batchgo.reasons import wrong_in_chinese
from web.reasons import in_chinese


@pytest.mark.parametrize(("body", "field"), BAD)
async def test_a_chinese_message_is_chinese(deps, autojump_clock, body, field):
    async with playing(deps) as (other, _):
        client = Client(other.client, ANN)
        told = await client.refused(400, "invalid_request", "POST", TASKS, body)
    assert told["details"]["field"] == field
    # Each of them has words: the field is not left alone.
    assert told["message"].startswith(f"请求参数有误：{field}：")
    assert " is " not in told["message"]
    assert " must " not in told["message"]


async def test_other_refusals_are_too(deps, autojump_clock):
    async with playing(deps) as (other, _):
        client = Client(other.client, ANN)
        task = await client.created(urls=URLS)
        told = await client.refused(409, "invalid_status", "POST", f"{TASKS}/{task['id']}/pause")
    assert told["message"] == "任务状态为 pending，不能暂停"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("is missing", "缺少该字段"),
        ("must be a whole number from 1 to 1,000", "必须是 1 到 1,000 之间的整数"),
        ("must be one of a, b", "必须是以下之一：a, b"),
        (
            "belongs to the mode basic, and this task's is silent",
            "属于 basic 模式，本任务是 silent 模式",
        ),
        ("is beyond anybody's words", None),
    ],
)
def test_reasons(reason, words):
    assert in_chinese(reason) == words


def test_a_reason_without_words_leaves_the_field_alone():
    errors = [{"field": "config.silent.x", "reason": "is beyond words"}]
    assert wrong_in_chinese(errors, 3) == "config.silent.x（共 3 处错误）"

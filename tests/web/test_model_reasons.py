"""What goes wrong between an endpoint of models and us, in Chinese."""

import pytest

from executors.agent.model import exchange, reply, sse
from executors.agent.model.answers import Refusal, failure_of
from web.reasons import in_chinese

SAID = {
    "the endpoint answered HTTP 503 Service Unavailable: busy (6 tries)": "接口返回："
    "HTTP 503 Service Unavailable: busy（已尝试 6 次）",
    "the endpoint did not answer: connection refused by a.example:80 (6 tries)": "接口没有应答："
    "a.example:80 拒绝了连接（已尝试 6 次）",
    "the endpoint answered HTTP 429 Too Many Requests; it asks to be left alone for 601 s": "接口"
    "返回：HTTP 429 Too Many Requests；要求等待 601 秒",
    "the endpoint answered 307: a redirect, which is not followed, to https://b.example/": "接口"
    "返回重定向（307），不会跟随：https://b.example/",
    "the endpoint has no model smal; it has small, large": "接口没有模型 smal；它有 small, large",
    "the endpoint took longer than 600 s (6 tries)": "接口超过 600 秒没有答完（已尝试 6 次）",
    f"the endpoint's answer is broken: the reply has more than {reply.MAX_CALLS} tool calls"
    " (3 tries)": "接口的回答无法使用：一次回答中的工具调用超过 64 个（已尝试 3 次）",
}


@pytest.mark.parametrize("reason", SAID)
def test_reasons_of_endpoints_are_said_in_chinese(reason):
    assert in_chinese(reason) == SAID[reason]


@pytest.mark.parametrize("status", [400, 401, 402, 404, 413, 429, 500, 0])
@pytest.mark.parametrize("words", ["", "no: (really) no"])
@pytest.mark.parametrize("code", ["", "model_not_found", "context_length_exceeded"])
def test_whatever_an_endpoint_refuses_has_words(status, words, code):
    failure = failure_of(Refusal(status, words, code), "small/model:1", None)
    assert in_chinese(str(failure)), str(failure)


@pytest.mark.parametrize(
    "broken",
    [
        "it is not JSON",
        "it was cut off",
        "there is no choice in it",
        f"it has more than {exchange.MAX_ANSWER_BYTES:,} bytes",
        f"a line of its stream has more than {sse.MAX_LINE_BYTES:,} bytes",
        f"the model's text has more than {reply.MAX_TEXT_CHARS:,} characters",
        f"its tool calls have more than {reply.MAX_ARGUMENT_CHARS:,} characters",
    ],
)
def test_every_broken_answer_has_words(broken):
    assert in_chinese(f"the endpoint's answer is broken: {broken}")

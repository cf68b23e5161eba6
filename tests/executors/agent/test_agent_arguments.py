"""The arguments of a call, as bad as they come: each is an answer that says what is wrong."""

from __future__ import annotations

import pytest

from executors.agent.files.settings import MAX_ARGUMENT_BYTES
from tests.support.agent_folders import opened, tree


@pytest.fixture
async def hand(tmp_path):
    async with opened(tmp_path) as made:
        yield made


BAD = [
    ("not json", "not valid JSON"),
    ('{"path": "a"', "not valid JSON"),
    ("[]", "must be a JSON object"),
    ("null", "must be a JSON object"),
    ('"a"', "must be a JSON object"),
    ("", "missing required field `path`"),
    ("{}", "missing required field `path`"),
    ('{"path": "a"}', "missing required field `content`"),
    ('{"path": "a", "content": 1}', "Expected `str`, got `int`"),
    ('{"path": null, "content": "x"}', "missing required field `path`"),
    ('{"path": "a", "content": "x", "mode": 1}', "there is no argument 'mode'"),
    ('{"path": "a", "content": "x", "path": "b"}', "given twice"),
    ('{"path": "a", "content": NaN}', "NaN is not JSON"),
    ('{"path": "a", "content": ' + "9" * 5_000 + "}", "a number is too long"),
    ('{"path": "a", "content": ' + "[" * 100_000, "nested too deeply"),
    ('{"path": "a", "content": ' + '{"a":' * 100_000, "nested too deeply"),
    ('{"path": "a", "content": "\\ud800"}', "lone surrogate"),
    ("x" * (MAX_ARGUMENT_BYTES + 1), "longer than"),
]


@pytest.mark.parametrize(("text", "said"), BAD, ids=[said for _, said in BAD])
async def test_bad_arguments(hand, text, said):
    result = await hand.raw("write_file", text)
    assert not result.ok
    assert said in result.output
    assert len(result.output) < 1_000
    assert tree(hand.place) == {}


@pytest.mark.parametrize("name", ["", "rm", "run_command", "write_file ", "x" * 10_000])
async def test_a_tool_that_there_is_not(hand, name):
    result = await hand.raw(name, "{}")
    assert not result.ok
    assert "there is list_directory, read_file, write_file" in result.output
    assert len(result.output) < 1_000


async def test_what_may_be_left_out_may_be_null_or_nothing(hand):
    await hand.write("a")
    for arguments in ("", " ", "{}", '{"path": null, "recursive": null}'):
        assert (await hand.raw("list_directory", arguments)).output == "a  5 bytes"


@pytest.mark.parametrize(
    ("value", "ok"), [("1", True), ("0", False), ("-1", False), ("true", False), ('"1"', False),
                      ("1.5", False), ("1e999", False), ("1000000001", False)]
)  # fmt: skip
async def test_the_edges_of_a_number(hand, value, ok):
    await hand.write("a")
    result = await hand.raw("read_file", '{"path": "a", "offset": ' + value + "}")
    assert result.ok is ok
    assert ok or "offset" in result.output

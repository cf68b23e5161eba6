"""Secrets: they are in nothing that is recorded, sent, told, given to a tool or answered."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executors.agent.engine.records import Call, Tool
from executors.agent.engine.redaction import HIDDEN, MIN_SECRET_CHARS, PART_CHARS, Redactor
from executors.agent.engine.settings import Task
from executors.agent.ports import Change, EndpointAway, RequestRefused, SpendRefused, ToolResult
from tests.support.engine import DONE, Bench, delete, read, said, verdict, write

KEY = "sk-Zq7/mV3x+Kd9\"Lw2'Tn5==Bc8"
REPEATING = "abababababababcabababab"


def parts_of(secret: str) -> set[str]:
    return {secret[at : at + PART_CHARS] for at in range(len(secret) - PART_CHARS + 1)}


@pytest.mark.parametrize("secret", [KEY, REPEATING])
@settings(deadline=None)
@given(st.data())
def test_no_part_of_a_secret_is_left_wherever_it_was_cut(secret, data):
    def some():
        begin = data.draw(st.integers(0, len(secret)))
        return secret[begin : data.draw(st.integers(begin, len(secret)))]

    around = st.sampled_from(["", " ", "\n", "a", "ab", "Zq7", "é"])
    text = "".join(data.draw(around) + some() for _ in range(data.draw(st.integers(1, 4))))
    left = Redactor([secret]).text(text)
    assert not [part for part in parts_of(secret) if part in left]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (KEY, HIDDEN),
        (f"key={KEY}.", f"key={HIDDEN}."),
        (json.dumps({"key": KEY}), f'{{"key": "{HIDDEN}"}}'),
        ("https://x/?key=sk-Zq7%2FmV3x%2BKd9%22Lw2%27Tn5%3D%3DBc8", f"https://x/?key={HIDDEN}"),
        ("sk-Zq7/mV3x+Kd9&quot;Lw2&#x27;Tn5==Bc8", HIDDEN),
        (KEY[: PART_CHARS - 1], KEY[: PART_CHARS - 1]),
        ("nothing of it", "nothing of it"),
        ("half a pair \ud800", "half a pair ?"),
    ],
)
def test_how_a_secret_may_stand_in_a_text(text, left):
    assert Redactor([KEY]).text(text) == left


@pytest.mark.parametrize("before", ["", "a", "ab", "Bearer "])
def test_it_is_found_where_it_was_coded_with_what_stands_around_it(before):
    data = f"{before}{KEY}!".encode()
    for coded in (
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode(),
        data.hex(),
        data.hex().upper(),
    ):
        left = Redactor([KEY]).text(f"so: {coded}.")
        assert HIDDEN in left
        assert len(left) < len("so: .") + len(HIDDEN) + 2 * len(before) + 6


@pytest.mark.parametrize("cut", [1, 8, 20])
def test_a_part_of_it_is_found_where_that_was_coded(cut):
    for coded in (base64.b64encode(KEY.encode()).decode(), KEY.encode().hex()):
        assert Redactor([KEY]).text(f"so: {coded[cut:-3]}.") == f"so: {HIDDEN}."


@pytest.mark.parametrize(
    ("data", "left"),
    [
        (KEY.encode(), HIDDEN.encode()),
        (KEY.encode().hex().encode(), HIDDEN.encode()),
        (b"\xff" + KEY.encode(), None),
        (b"\xff" + KEY.encode().hex().encode(), None),
        (b"\xff", b"\xff"),
        (b"plain\r\n", b"plain\r\n"),
    ],
)
def test_a_file_is_kept_without_it_or_not_at_all(data, left):
    assert Redactor([KEY]).contents(data) == left
    assert Redactor([]).contents(data) == data


def test_what_is_too_short_for_a_secret_is_left():
    assert Redactor(["a" * (MIN_SECRET_CHARS - 1), "", "  "]).text("aaaaaaaaa") == "aaaaaaaaa"
    assert Redactor([f" {'a' * MIN_SECRET_CHARS}\n"]).text("aaaaaa") == HIDDEN


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (
            Change(path="a", text=f"x{KEY}", diff=f"+{KEY}"),
            Change(path="a", text="x***", diff="+***"),
        ),
        (Change(path=f"{KEY}.txt", text="x"), Change(path="***.txt", text="x")),
        (
            Change(path="a", base64=base64.b64encode(b"\xff" + KEY.encode()).decode()),
            Change(path="a", base64=""),
        ),
    ],
)
def test_contents_of_files_that_hold_it_are_not_to_be_put_back(change, left):
    result, hidden = Redactor([KEY]).result(ToolResult(ok=True, output=KEY, changes=(change,)))
    assert result == ToolResult(ok=True, output=HIDDEN, changes=(left,))
    assert hidden == (left.path,)


@pytest.mark.parametrize(
    "change",
    [Change(path="a", text="x"), Change(path="a"), Change(path="a", base64="/w==", diff="d")],
)
def test_other_changes_stay_as_they_are(change):
    assert Redactor([KEY]).changes([change]) == ((change,), ())


async def test_a_task_that_is_full_of_it():
    bench = Bench.of(
        [
            said(KEY, write("a.txt", f"key = {KEY}"), read("given.txt", KEY)),
            said("", delete(f"{KEY}.txt")),
            said(f"I have used {KEY}.", finish=KEY),
            said(f"Again {KEY[3:20]}"),
        ],
        [verdict(False, 1, [f"remove {KEY}"]), RequestRefused(f"you sent {KEY}")],
        task=Task(f"game-{KEY}", f"Write a game. My key is {KEY}"),
        secrets=(KEY,),
    )
    bench.folder.files["given.txt"] = f"line\n{KEY}\n"
    result = await bench.run(max_iterations=2)

    everything = [
        *(piece.decode() for piece in bench.book.kept),
        *(msgspec.json.encode(each).decode() for each in bench.coder.asked),
        *(msgspec.json.encode(each).decode() for each in bench.judge.asked),
        *map(str, bench.news),
        *map(str, bench.folder.used),
        str(result),
    ]
    found = [(part, text) for text in everything for part in parts_of(KEY) if part in text]
    assert found == []
    assert bench.folder.files["a.txt"] == f"key = {HIDDEN}"
    assert result.last_response == f"Again {HIDDEN}"


async def test_the_words_of_a_refusal_and_of_what_is_raised():
    bench = Bench.of([], secrets=(KEY,))

    async def refuses(most, so_far):
        raise SpendRefused(f"no more for {KEY}")

    bench.book.reserve = refuses
    assert (await bench.run()).error == f"no more for {HIDDEN}"
    bench = Bench.of([EndpointAway(f"{KEY} is away", 7)], secrets=(KEY,))
    with pytest.raises(EndpointAway) as raised:
        await bench.run()
    assert str(raised.value) == f"{HIDDEN} is away"
    assert raised.value.retry_after_s == 7


async def test_a_file_whose_contents_were_hidden_is_left_as_it_is_on_disk():
    """What is on record is not what it holds."""
    bench = Bench.of([said("", write("a", "1"), read("b")), EndpointAway("off")], secrets=(KEY,))
    use = bench.folder.use

    async def leaks(call):
        result = await use(call)
        if call.name == "write_file":
            change = Change(path="a", text=f"1{KEY}")
            bench.folder.files["a"] = f"1{KEY}"
            return ToolResult(ok=True, output="written", changes=(change,))
        return result

    bench.folder.use = leaks
    with pytest.raises(EndpointAway):
        await bench.run()
    assert [each.hidden for each in bench.book.of(Tool)] == [("a",), ()]
    again = Bench.of([said()], [DONE], book=bench.book, folder=bench.folder, secrets=(KEY,))
    await again.run()
    assert again.folder.files == {"a": f"1{KEY}"}
    assert len(again.book.of(Call)) == 3

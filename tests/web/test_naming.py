"""Names that nobody chose: numbered where a desk has them already."""

from __future__ import annotations

import pytest

from tests.web.test_create import JOBS, last_created
from web.naming import numbered

ITEMS = {"kind": "fetch", "items": ["https://example.com/"]}


@pytest.mark.parametrize(
    ("name", "taken", "given"),
    [
        ("a.example", [], "a.example"),
        ("a.example", ["b.example", "a.example.org", "a.example #x"], "a.example"),
        ("a.example", ["a.example"], "a.example #2"),
        ("a.example", ["a.example #7", "a.example #3"], "a.example #8"),
        # Like one that has a number: the next one, and not a number of a number.
        ("a.example #2", ["a.example", "a.example #2"], "a.example #3"),
        ("a.example #2", [], "a.example #2"),
        (" #2", [" #2"], " #2 #2"),
        ("a", ["a #01", "a #0", "a #1234567890", "a #٣"], "a"),
        ("春" * 20, ["春" * 20], f"{'春' * 17} #2"),
        # Cut, too, they are of one name.
        ("春" * 20, ["春" * 20, f"{'春' * 17} #2"], f"{'春' * 17} #3"),
        ("春" * 20, ["春" * 20, f"{'春' * 17} #9"], f"{'春' * 16} #10"),
        ("春" * 20, [f"{'春' * 17} #9", f"{'春' * 16} #10"], f"{'春' * 16} #11"),
    ],
)
def test_the_next_number_of_a_name(name, taken, given):
    assert numbered(name, taken, 20) == given


async def test_a_name_that_nobody_chose_is_told_apart(client, desk):
    names = []
    for asked in (
        {},
        {},
        {"name": "a.example", "numbered": True},
        {"name": "a.example", "numbered": True},
        {"name": "a.example"},
        {"name": "a.example", "numbered": True},
    ):
        answer = await client.post(JOBS, json={**ITEMS, **asked})
        assert answer.status_code == 201, await answer.get_data()
        names.append(last_created(desk).name)
    first = "fetch: 1 item"
    assert names == [
        first, f"{first} #2", "a.example", "a.example #2", "a.example", "a.example #3",
    ]  # fmt: skip


async def test_the_same_request_once_more_is_the_same_job(client, desk):
    asked = {**ITEMS, "name": "a.example", "numbered": True}
    ids = []
    for _ in range(2):
        answer = await client.post(JOBS, json=asked, headers={"Idempotency-Key": "k" * 16})
        ids.append((await answer.get_json())["job"]["id"])
    assert ids[0] == ids[1]

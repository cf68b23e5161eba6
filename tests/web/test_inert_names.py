"""Names of jobs: no controls; any script, and any text that is shown inert."""

from __future__ import annotations

import pytest

from tests.support.hostile import TEXTS
from tests.web.conftest import GUEST

JOBS = f"/api/desks/{GUEST}/jobs"
CONTROLS = [*map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0)), "\u2028", "\u2029"]
FINE = ["right to left", "html image", "formula", "override", "marks in floods", "path", "spaces"]


async def create(client, **fields):
    body = {"kind": "fetch", "items": ["http://ex.com/"], **fields}
    return await client.post(JOBS, json=body)


@pytest.mark.parametrize("field", ["name", "lane"])
async def test_controls_are_refused(client, desk, field):
    for char in CONTROLS:
        answer = await create(client, **{field: f"a{char}b"})
        assert answer.status_code == 400
        error = (await answer.get_json())["error"]["details"]["errors"][0]
        assert (error["field"], error["reason"]) == (field, "control characters are not allowed")


@pytest.mark.parametrize("what", FINE)
async def test_any_other_text_is_a_name(client, desk, what):
    answer = await create(client, name=TEXTS[what][:200])
    assert answer.status_code == 201
    assert (await answer.get_json())["job"]["name"] == (
        TEXTS[what][:200].strip() or "fetch: 1 item"
    )

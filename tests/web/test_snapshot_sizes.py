"""The snapshot of a desk with many jobs: compressed where the client takes that, and the same."""

from __future__ import annotations

import gzip
import json

from tests.web.conftest import GUEST
from tests.web.test_desk_routes import DESK, make_job

PACKED = {"Accept-Encoding": "gzip, deflate"}


async def test_a_large_snapshot_is_compressed_and_the_same(client, desk):
    small = await client.get(DESK, headers=PACKED)
    assert "Content-Encoding" not in small.headers
    for at in range(12):
        await make_job(client, name=f"list {at}")
    plain = await client.get(DESK)
    packed = await client.get(DESK, headers=PACKED)
    data = await packed.get_data()
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(data) == await plain.get_data()
    assert len(data) < len(await plain.get_data()) / 4
    assert packed.headers["ETag"] == plain.headers["ETag"] == f'"{desk.revision}"'
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    again = await client.get(DESK, headers={**PACKED, "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304

    # What is kept for the next reader is of this revision only.
    await make_job(client, name="one more")
    newer = await client.get(DESK, headers=PACKED)
    assert len(json.loads(gzip.decompress(await newer.get_data()))["jobs"]) == 13


async def test_what_other_sites_have_written_is_not_compressed(client, desk):
    """Beside it stands what is the user's own: the size of both together would tell of it."""
    made = [(await make_job(client, name=f"list {at}"))["job"]["id"] for at in range(12)]
    for path in (f"{DESK}/jobs", f"{DESK}/jobs/{made[0]}", f"/api/desks/{GUEST}/ledger"):
        answer = await client.get(path, headers=PACKED)
        assert "Content-Encoding" not in answer.headers, path

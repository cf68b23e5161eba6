"""A whole job once more, over REST."""

from __future__ import annotations

from actors.messages import RepeatJob
from tests.web.test_desk_routes import DESK, make_job


async def test_another_job_is_made_and_queued(client, desk):
    first = (await make_job(client))["job"]
    answer = await client.post(f"{DESK}/jobs/{first['id']}/repeat")
    body = await answer.get_json()
    assert (answer.status_code, body["durable"]) == (201, True)
    made = body["job"]
    assert made["id"] != first["id"]
    assert (made["status"], made["name"], made["kind"]) == ("queued", first["name"], first["kind"])
    assert made["counts"]["total"] == first["counts"]["total"]
    assert isinstance(desk.asked[-1], RepeatJob)
    assert (await client.get(f"{DESK}/jobs/{made['id']}")).status_code == 200


async def test_the_same_key_makes_one(client, desk):
    first = (await make_job(client))["job"]["id"]
    key = {"Idempotency-Key": "once"}
    made = [
        (await (await client.post(f"{DESK}/jobs/{first}/repeat", headers=key)).get_json())["job"]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    other = await client.post(f"{DESK}/jobs/{made[0]['id']}/repeat", headers=key)
    assert (await other.get_json())["error"]["code"] == "idempotency_conflict"


async def test_of_no_job_none_is_made(client, desk):
    answer = await client.post(f"{DESK}/jobs/nothing/repeat")
    assert answer.status_code == 404
    first = (await make_job(client))["job"]["id"]
    answer = await client.post(f"{DESK}/jobs/{first}/repeat", json={"colour": "red"})
    assert answer.status_code == 400

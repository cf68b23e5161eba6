"""The real server on a spoilt data folder: it starts, serves whom it can, and tells the others."""

from __future__ import annotations

import os

import httpx
import pytest

from state.views import desk_key
from tests.support.processes import ServerProcess
from torture.corruption.damage import NOT_FILES, OF_FILES, sparse

JOB = {"kind": "fetch", "items": ["https://example.com/"], "name": "春"}
NEWEST = {**NOT_FILES, "doubled": OF_FILES["doubled"], "sparse": sparse}
WHOLE, BOTH = "whole", "both"


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    """The ids of desks with a job and two generations, by what will become of them."""
    data = tmp_path_factory.mktemp("spoilt") / "data"
    server = ServerProcess(data)
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        made = {}
        for what in (*NEWEST, BOTH, WHOLE):
            made[what] = client.post("/api/desks").json()["desk_id"]
            for _ in range(2):
                answer = client.post(f"/api/desks/{made[what]}/jobs", json=JOB)
                assert answer.status_code == 201
    assert server.stop() == 0
    spoil(data, made)
    return data, made


def spoil(data, made):
    sessions = data / "sessions"
    for what, mutate in NEWEST.items():
        mutate(sessions / f"{desk_key(made[what])}.json", 0)
    for ending in (".json", ".json.1"):
        (sessions / f"{desk_key(made[BOTH])}{ending}").write_bytes(b"\x00" * 300)
    for name in ("junk", "..x", "\udcff", desk_key("nobody"), "0" * 63):
        (data / "active" / name).touch()
    (data / "active" / desk_key(made["fifo"])).mkdir(exist_ok=True)
    (sessions / "0.json.7.tmp").mkdir()
    os.mkfifo(data / "files" / "fifo")


@pytest.fixture(scope="module")
def server(desks):
    process = ServerProcess(desks[0])
    yield process
    assert process.stop() == 0


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        yield client


def test_it_is_ready(client):
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("what", [name for name in NEWEST if name != "missing"])
def test_a_desk_goes_on_with_its_previous_generation_and_says_so(client, desks, what):
    snapshot = client.get(f"/api/desks/{desks[1][what]}").json()
    assert snapshot["flags"]["restored"]["reason"]
    assert len(snapshot["jobs"]) == 1


def test_a_desk_of_two_bad_generations_is_refused_with_the_reason(client, desks):
    answer = client.get(f"/api/desks/{desks[1][BOTH]}")
    assert answer.status_code == 503
    assert "it is not a desk's JSON" in answer.json()["error"]["message"]


def test_the_others_notice_nothing(client, desks):
    snapshot = client.get(f"/api/desks/{desks[1][WHOLE]}").json()
    assert (len(snapshot["jobs"]), snapshot["flags"]["restored"]) == (2, None)
    answer = client.post(f"/api/desks/{desks[1][WHOLE]}/jobs", json=JOB)
    assert answer.status_code == 201

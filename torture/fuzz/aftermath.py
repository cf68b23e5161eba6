"""What is left when all inputs were sent: a desk that nobody touched, and files that are whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import trio

_TIMEOUT_S = 60.0
_JOB = {"kind": "fetch", "items": ["http://192.0.2.1/"], "name": "春 of the witness"}


class Witness:
    """Somebody's desk on the same server: it is as it was, and does what it is told."""

    def __init__(self, url: str, desk: str, seen: Any) -> None:
        self._url = url
        self._desk = desk
        self._seen = seen  # written by `problems`, which changes the desk itself

    @classmethod
    async def made(cls, url: str) -> Witness:
        async with _client(url) as client:
            desk = (await client.post("/api/desks")).json()["desk_id"]
            for _ in range(2):
                (await client.post(f"/api/desks/{desk}/jobs", json=_JOB)).raise_for_status()
            return cls(url, desk, await _sight(client, desk))

    async def problems(self, url: str = "") -> list[str]:
        """Whether it is the desk it was; then it is changed. `url`: where its server is now."""
        async with _client(url or self._url) as client:
            seen = await _sight(client, self._desk)
            if seen != self._seen:
                return [f"another desk has changed: {self._seen} became {seen}"]
            made = await client.post(f"/api/desks/{self._desk}/jobs", json=_JOB)
            if made.status_code != 201:
                return [f"another desk's command was answered {made.status_code}: {made.text}"]
            gone = await client.delete(f"/api/desks/{self._desk}/jobs/{made.json()['job']['id']}")
            self._seen = await _sight(client, self._desk)
        return [] if gone.status_code == 200 else [f"a delete was answered {gone.status_code}"]


async def _sight(client: httpx.AsyncClient, desk: str) -> Any:
    seen = (await client.get(f"/api/desks/{desk}")).json()
    # Not the revision: a server that starts begins beyond all that were shown.
    return {name: seen.get(name) for name in ("created_at", "jobs", "flags")}


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=_TIMEOUT_S)


async def missing(url: str, desks: dict[str, int]) -> list[str]:
    """Of these desks and their revisions, those that the server does not have any more."""
    lost = []
    async with _client(url) as client:
        for desk, revision in desks.items():
            answer = await client.get(f"/api/desks/{desk}")
            if answer.status_code != 200 or answer.json()["revision"] < revision:
                lost.append(f"a desk of revision {revision} is answered {answer.status_code}")
    return lost


async def revisions(url: str, desks: list[str]) -> dict[str, int]:
    """The desks that there are, and their revisions."""
    found = {}
    async with _client(url) as client:
        for desk in desks:
            answer = await client.get(f"/api/desks/{desk}")
            if answer.status_code == 200:
                found[desk] = int(answer.json()["revision"])
    return found


async def doctor_says(data: Path) -> list[str]:
    """What `nightdesk doctor` finds in the folder, where it finds anything."""
    argv = [sys.executable, "-m", "nightdesk", "doctor", "--data", str(data)]
    done = await trio.run_process(argv, check=False, capture_stdout=True, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return []
    return [f"doctor ended with {done.returncode}: {done.stdout.decode('utf-8', 'replace')}"]

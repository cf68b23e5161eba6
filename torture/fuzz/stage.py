"""What the inputs are about: desks with jobs, and who may use them. Made anew every so often, since
inputs use it up (a job is deleted, an address replaced).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import jwt
from msgspec import Struct

from state.secret import load_secret
from state.views import desk_key

GUESTS = 3
VICTIMS = 4
TIMEOUT_S = 60.0
SAVED = "saved-secret-of-the-fuzz"
USER = "fuzz-user"
TEMPLATE, SOURCE, PICTURE = "letter", "people", "logo"
PRESET, CHARACTER = "soft", "miku"
# The smallest there is: one pixel.
_GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
_LIFE_S = 86_400
_PAGE = "page"


class Stage(Struct, frozen=True):
    """Names that exist on the server. `desks` are guests' with `jobs` each; an address of `victims`
    may be replaced. `tokens` are the user's, the operator's, and one that has expired."""

    address: tuple[str, int]
    secret: bytes
    desks: tuple[str, ...]
    victims: tuple[str, ...]
    jobs: tuple[str, ...]
    tokens: tuple[str, ...]
    cookie: str
    target: str

    @property
    def host(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The operator's names of the desks."""
        return tuple(desk_key(desk) for desk in self.desks)

    def secrets(self) -> tuple[str, ...]:
        """What may never be in a log."""
        return (*self.desks, *self.victims, *self.tokens, self.cookie, SAVED)


def set_stage(url: str, data: Path, target: str) -> Stage:
    """New desks and jobs on the running server. `target` is HOST:PORT of a site that jobs may
    fetch from."""
    host, _, port = url.removeprefix("http://").partition(":")
    secret = load_secret(data)
    with httpx.Client(base_url=url, trust_env=False, timeout=TIMEOUT_S) as client:
        desks = tuple(_new_desk(client) for _ in range(GUESTS))
        jobs = tuple(job for desk in desks for job in _new_jobs(client, desk, target))
        victims = tuple(_new_desk(client) for _ in range(VICTIMS))
        seen = client.get(f"/s/{desks[0]}")
        cookie = seen.headers.get("set-cookie", "").partition(";")[0]
    now = int(time.time())
    claims = (
        {"sub": USER, "iat": now, "exp": now + _LIFE_S},
        {"sub": "operator", "iat": now, "exp": now + _LIFE_S, "admin": True},
        {"sub": USER, "iat": now - _LIFE_S, "exp": now - 1},
    )
    tokens = tuple(jwt.encode(one, secret, "HS256") for one in claims)
    return Stage((host, int(port)), secret, desks, victims, jobs, tokens, cookie, target)


def _new_desk(client: httpx.Client) -> str:
    made: str = _asked(client, "POST", "/api/desks")["desk_id"]
    return made


def _new_jobs(client: httpx.Client, desk_id: str, target: str) -> list[str]:
    """One that ends with files, one that waits, one that is cancelled, and one of documents."""
    desk = f"/api/desks/{desk_id}"
    items = [f"http://{target}/{_PAGE}/{n}" for n in range(3)]
    spec: dict[str, Any] = {"keep_body": True, "headers": {"Authorization": f"Bearer {SAVED}"}}
    made = []
    for start, name in ((True, "ends"), (False, "waits"), (False, "ends early")):
        body = {"kind": "fetch", "items": items, "name": name, "spec": spec, "start": start}
        made.append(_asked(client, "POST", f"{desk}/jobs", body)["job"]["id"])
    made.append(_new_documents(client, desk))
    _asked(client, "POST", f"{desk}/jobs/{made[2]}/cancel")
    while _asked(client, "GET", f"{desk}/jobs/{made[0]}")["job"]["status"] != "completed":
        revision = _asked(client, "GET", desk)["revision"]
        client.get(desk, params={"after": revision, "wait": 1})
    return made


def _new_documents(client: httpx.Client, desk: str) -> str:
    """A template, a table, a picture, a preset and a character, and a job of documents that
    begins."""
    for place, name, data, id in (
        ("templates", "letter.txt", b"Dear {{ name }},", TEMPLATE),
        ("data-sources", "people.csv", b"name\nAda\nZo\xc3\xab\n", SOURCE),
        ("pictures", "logo.gif", _GIF, PICTURE),
    ):
        sent = client.post(f"{desk}/{place}", data={"id": id}, files={"file": (name, data)})
        sent.raise_for_status()
    _asked(client, "POST", f"{desk}/presets", {"id": PRESET, "name": "Soft"})
    _asked(client, "POST", f"{desk}/characters", {"id": CHARACTER, "name": "Miku"})
    spec = {"templates": [TEMPLATE], "data_source": SOURCE, "format": "txt"}
    body = {"kind": "document", "spec": spec, "start": True}
    made: str = _asked(client, "POST", f"{desk}/jobs", body)["job"]["id"]
    return made


def _asked(client: httpx.Client, method: str, path: str, body: Any = None) -> Any:
    answer = client.request(method, path, json=body)
    answer.raise_for_status()
    return answer.json()

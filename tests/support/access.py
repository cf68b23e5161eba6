"""A world for the access matrix: desks of several owners, all who might ask, and one request each.

Everything is derived from the application's own URL map; what is not understood fails the test.
"""

from __future__ import annotations

import json
import re
import time

from msgspec import Raw, Struct
from msgspec.structs import replace
from quart.testing.connections import WebsocketDisconnectError, WebsocketResponseError

from actors.rules.change import Change
from state.model import InputItem
from state.shares import Share, day_of
from state.views import desk_key, link_of
from tests.support.forged import bearer, token
from tests.support.furniture import (
    AGENT_TASK,
    AGENTS,
    ARTIFACT,
    BODIES,
    CHARACTER,
    COLUMNS,
    DOCUMENT,
    DOCUMENTS,
    FACTS,
    FOLDER,
    IMAGE,
    MANAGED,
    MODEL,
    OF_TASKS,
    OFFER,
    PICTURE,
    PICTURES,
    PIECE,
    PIXELS,
    PRESET,
    SCHEDULED,
    SOURCE,
    TAGS,
    TAGS_FILE,
    TASK,
    TEMPLATE,
    WEBHOOK,
)
from tests.web.conftest import GUEST, OTHER_GUEST
from web.access import Access, Shared
from web.dialects.documents import paths as documents
from web.routes import Route

# Share links of the guest's desk, all of its jobs: one with files, one without, one whose time is
# over.
SHARE, SHARE_OF_ROWS, SHARE_OVER = (f"ndv_{letter * 32}" for letter in "abc")
NEVER = "11111111-2222-4333-8444-555555555555"
NO_JOB = "99999999-8888-4777-a666-555555555555"
# What only a job of agents has.
OF_AGENTS = ("<job>/tasks", "<job>/costs", "<job>/agent-results.json")
RETIRED_SECRET = bytes(range(100, 132))
OWNERS = {
    "guest": GUEST,
    "other guest": OTHER_GUEST,
    "ann": "user:ann",
    "eve": "user:eve",
    "root": "user:root",
}


class Who(Struct, frozen=True):
    """Somebody who asks: the desk that they name, what they show, whose desk that opens, if it
    opens one, and else the answer."""

    desk: str
    headers: dict[str, str]
    opens: str | None = None
    otherwise: int = 404
    admin: bool = False
    # Whether what they show says who they are at all, on the operator's routes.
    has_token: bool = False
    # Whose desk their headers open where the path names none, if it is not `opens`.
    by_headers: str | None = None
    # Whose desk they may look at, and whether at files too.
    looks_at: str | None = None
    sees_files: bool = False

    def opens_by(self, route: Route) -> str | None:
        """Whose desk they open on that route of a desk."""
        if self.looks_at is not None:
            wanted = (Shared.VIEW, Shared.FILES) if self.sees_files else (Shared.VIEW,)
            may = route.shared in wanted or route.access is Access.SHARE
            return self.looks_at if may else None
        if route.access is not Access.SESSION or "<desk>" in route.rule:
            return self.opens
        return self.opens if self.desk == "me" else self.by_headers


def everybody(auth):
    """Name -> somebody. `auth` signs cookies."""
    now = int(time.time())
    ann, eve, root = (
        bearer(token()),
        bearer(token(sub="eve")),
        bearer(token(sub="root", admin=True)),
    )
    expired = bearer(token(exp=now - 1, iat=now - 60))
    revoked = bearer(token(secret=RETIRED_SECRET))
    cookie = {"Cookie": f"nightdesk={auth.sign(GUEST)}"}
    other_cookie = {"Cookie": f"nightdesk={auth.sign(OTHER_GUEST)}"}
    dead_cookie = {"Cookie": f"nightdesk={auth.sign(GUEST)[:-3]}xyz"}
    known = {"has_token": True}
    return {
        "owner by link": Who(GUEST, {}, "guest"),
        "owner by session": Who("me", {"X-Session-ID": GUEST}, "guest"),
        "owner by cookie": Who("me", cookie, "guest"),
        "owner by link with another's cookie": Who(
            GUEST, other_cookie, "guest", by_headers="other guest"
        ),
        "owner by token": Who("me", ann, "ann", **known),
        "admin on the admin's own desk": Who("me", root, "root", admin=True, **known),
        "another user, own desk": Who("me", eve, "eve", **known),
        "another guest, own desk": Who(OTHER_GUEST, {}, "other guest"),
        "another guest by session, own desk": Who(
            "me", {"X-Session-ID": OTHER_GUEST}, "other guest"
        ),
        "another guest by cookie, own desk": Who("me", other_cookie, "other guest"),
        "another user at the link": Who(GUEST, eve, by_headers="eve", **known),
        "admin at the link": Who(GUEST, root, admin=True, by_headers="root", **known),
        "a user by a desk's name": Who("user:ann", {}),
        "a user by a desk's hash": Who(desk_key("user:ann"), {}),
        "who has a share link": Who(SHARE, {}, looks_at="guest", sees_files=True),
        "who has one without files": Who(SHARE_OF_ROWS, {}, looks_at="guest"),
        "who has one that was for yesterday": Who(SHARE_OVER, {}),
        "who has made one up": Who(f"ndv_{'x' * 32}", {}),
        "nobody": Who("me", {}, otherwise=401),
        "nobody at the local desk": Who("local", {}),
        "a guest of no desk": Who(NEVER, {}),
        "a session of no desk": Who("me", {"X-Session-ID": NEVER}),
        "a session that is a user": Who("me", {"X-Session-ID": "user:ann"}, otherwise=401),
        "a cookie of nobody's signature": Who("me", dead_cookie, otherwise=401),
        "an expired token": Who("me", expired, otherwise=401),
        "an expired token at the link": Who(GUEST, expired, otherwise=401),
        "a revoked token": Who("me", revoked, otherwise=401),
        "a revoked admin": Who(
            "me", bearer(token(secret=RETIRED_SECRET, admin=True)), otherwise=401
        ),
    }


async def furnish(client, deps):
    """A desk with a job and its files for every owner; owner -> id of the job."""
    jobs = {}
    for owner, session_id in OWNERS.items():
        key = desk_key(session_id)
        desk = await deps.desks.create(key)
        _, is_user, user = session_id.partition("user:")
        headers = bearer(token(sub=user)) if is_user else {"X-Session-ID": session_id}
        answer = await client.post(
            "/api/desks/me/jobs", json=BODIES["CreateJobBody"], headers=headers
        )
        jobs[owner] = (await answer.get_json())["job"]["id"]
        named = {**BODIES["BatchStartBody"], "taskId": TASK}
        answer = await client.post("/api/batchopen/silent-start", json=named, headers=headers)
        assert answer.status_code == 200
        scheduled = {**SCHEDULED, "taskId": OFFER}
        answer = await client.post(
            "/api/batchopen/autoclick-start", json=scheduled, headers=headers
        )
        assert answer.status_code == 200
        kept = {
            "templates": {TEMPLATE.id: TEMPLATE},
            "data_sources": {SOURCE.id: SOURCE},
            "pictures": {PICTURE.id: PICTURE},
            "presets": {PRESET.id: PRESET},
            "characters": {CHARACTER.id: CHARACTER},
            "models": {MODEL.id: MODEL},
        }
        known = {DOCUMENTS.id: DOCUMENTS, MANAGED.id: MANAGED, **OF_TASKS}
        kept["jobs"] = {**desk.state.jobs, **known}
        kept["shares"] = _shares("" if owner == "guest" else owner)
        desk.publish(Change(replace(desk.state, webhooks=(WEBHOOK,), **kept)))
        for data in (b"Dear", FACTS, b"{}\n", COLUMNS):
            await deps.store.save_library(key, data)
        await deps.store.write_inputs(key, jobs[owner], [_item_of(jobs[owner])])
        for job_id in known:
            await deps.store.write_inputs(key, job_id, [_item_of(job_id)])
        for job_id, name, data in (
            (jobs[owner], ARTIFACT, b"<p>"),
            (DOCUMENTS.id, DOCUMENT, b"<p>"),
            (PICTURES.id, IMAGE, PIXELS),
            (TAGS.id, TAGS_FILE, b"cat"),
            (AGENTS.id, PIECE, b'{"type":"begin"}\n'),
        ):
            artifact = await deps.store.create_artifact(key, job_id, name)
            await artifact.write(data)
            await artifact.commit()
        assert desk.state.jobs
    return jobs


def _shares(suffix):
    # As if each had been used today: what is looked at leaves no trace.
    now = time.time()
    made = {"name": "", "job": None, "made_at": now, "used_at": day_of(now + 3600)}
    return tuple(
        Share(id=token[4:16], link=link_of(token + suffix), files=files, expires_at=end, **made)
        for token, files, end in (
            (SHARE, True, now + 3600),
            (SHARE_OF_ROWS, False, now + 3600),
            (SHARE_OVER, True, now - 1),
        )
    )


def _item_of(job_id):
    """The one item of each job: tags are those of a picture, an agent has a prompt."""
    made = {"image": IMAGE, "file": {"job": PICTURES.id, "name": IMAGE}}
    said = {TAGS.id: made, AGENTS.id: AGENT_TASK}.get(job_id, "https://example.com/")
    return InputItem(Raw(json.dumps(said).encode()))


class Memento:
    """The desks as they are now, to be put back."""

    def __init__(self, desks):
        self._desks = desks
        self._kept = {key: desk.state for key, desk in desks.desks.items()}

    def restore(self):
        for key, desk in [*self._desks.desks.items()]:
            if key not in self._kept:
                del self._desks.desks[key]
            elif desk.state is not self._kept[key]:
                desk.publish(Change(self._kept[key]))

    def holds(self):
        """Whether nothing was changed, and nothing made."""
        states = {key: desk.state for key, desk in self._desks.desks.items()}
        return states.keys() == self._kept.keys() and all(
            states[key] is kept for key, kept in self._kept.items()
        )


def job_for(rule, job):
    """The job of the same desk that a rule has something to tell of: `job`, but where pictures of
    items are shown, or how agents did their tasks."""
    if rule.endswith("/picture"):
        return TAGS.id
    return AGENTS.id if "<item>" in rule or rule.endswith(OF_AGENTS) else job


def _file(rule):
    """The path of a file that there is."""
    if rule.startswith("/api/images/"):
        return f"{FOLDER}/{IMAGE}"
    if rule.startswith("/api/tag/"):
        return TAGS_FILE
    return ARTIFACT if "<desk>" in rule else "app/main.js"


def fill(rule, *, desk, job):
    """The path of a rule. A part that is not known here is not guessed."""
    task = DOCUMENTS.id if documents.is_ours(rule) else TASK
    task = PICTURES.id if rule.startswith("/api/tasks/") else task
    values = {
        "<desk>": desk,
        "<link>": GUEST,
        "<job>": job,
        "<item>": "0",
        "<task>": OFFER if "/autoclick/" in rule else task,
        "<webhook>": WEBHOOK.id,
        "<share>": SHARE[4:16],
        "<template>": TEMPLATE.id,
        "<source>": SOURCE.id,
        "<picture>": PICTURE.id,
        "<preset>": PRESET.id,
        "<config>": PRESET.id,
        "<config_name>": PRESET.name,
        "<character>": CHARACTER.id,
        "<model>": MODEL.id,
        "<document>": DOCUMENT,
        "<key>": desk_key(GUEST),
        "<host>": "example.com",
        "<hash>": desk_key(GUEST),
        "<name>": FOLDER if "<desk>" in rule else "1",
        "<path:name>": _file(rule),
    }
    path = re.sub(r"<[^>]+>", lambda part: values[part[0]], rule)
    return path


class Seen(Struct, frozen=True):
    """An answer, as far as it may tell anything."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


async def ask(client, route, method, path, headers):
    """One request, or one handshake with what follows it."""
    if route.websocket:
        return await _shake_hands(client, path, headers)
    sent = {} if route.body is None else {"json": BODIES.get(route.body.__name__, {})}
    answer = await client.open(path, method=method, headers=headers, **sent)
    told = sorted((name.lower(), value) for name, value in answer.headers if name.lower() != "date")
    return Seen(answer.status_code, tuple(told), await answer.get_data())


async def _shake_hands(client, path, headers):
    async with client.websocket(path, headers=headers) as socket:
        # Some wait for a word of who has shown nothing, and it is the wrong one.
        await socket.send('{"type":"ping"}')
        try:
            await socket.receive()
        except WebsocketResponseError as refused:
            answer = refused.response
            told = sorted((name.lower(), value) for name, value in answer.headers)
            return Seen(answer.status_code, tuple(told), await answer.get_data(as_text=False))
        except WebsocketDisconnectError as closed:
            # A browser is told by a code of the socket what others are told by a status.
            return Seen(401 if closed.args[0] == 1008 else 500, (), b"")
    return Seen(101, (), b"")

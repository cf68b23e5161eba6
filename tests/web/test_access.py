"""Who gets at what: every route and verb of the URL map, asked by everybody, as it was declared."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from executors.folders import Folders
from state.memory import MemoryStore
from tests.support import access
from tests.support.access import NEVER, NO_JOB, Memento
from tests.web.conftest import make_auth
from web.access import Access
from web.app import DECLARED, build_app
from web.auth import Asker
from web.guard import guarded
from web.routes import Route
from web.stream import MESSAGES, may_send

# Who asks, by name: all of them, as `access.everybody` has them.
WHO = tuple(access.everybody(SimpleNamespace(sign=str)))
NOT_FOUND = b'{"error":{"code":"not_found","message":"there is nothing here for you","details":{}}}'


@pytest.fixture
def deps(with_settings, tmp_path):
    """Without rates, which would turn away who asks so much; with a folder that is open to all."""
    (tmp_path / access.FOLDER).mkdir()
    (tmp_path / access.FOLDER / access.IMAGE).write_bytes(access.PIXELS)
    folders = Folders({access.FOLDER: tmp_path / access.FOLDER})
    deps = with_settings(miss_rate_per_s=0.0, desk_rate_per_s=0.0, new_desk_rate_per_s=0.0)
    return replace(deps, store=MemoryStore(), folders=folders)


@pytest.fixture
def client(deps):
    """One that keeps no cookie: everybody shows their own, or none."""
    return build_app(deps).test_client(use_cookies=False)


@pytest.fixture
async def world(client, deps):
    """(the jobs by owner, the desks as they are)."""
    jobs = await access.furnish(client, deps)
    return jobs, Memento(deps.desks)


def operations(client):
    """(route, verb) of everything in the URL map; a rule that nobody declared is an error."""
    declared = client.app.extensions[DECLARED]
    for rule in client.app.url_map.iter_rules():
        route = declared[rule.endpoint]
        assert route.rule == rule.rule
        assert route.websocket == rule.websocket
        assert (rule.methods or {"GET"}) <= {route.method, "HEAD", "OPTIONS"}
        for method in sorted({"GET"} if rule.websocket else rule.methods - {"OPTIONS"}):
            yield route, method


def test_an_undeclared_route_is_found(client):
    client.app.url_map.add(type(next(client.app.url_map.iter_rules()))("/new", endpoint="new"))
    with pytest.raises(KeyError):
        list(operations(client))


@pytest.mark.parametrize("name", WHO)
async def test_every_operation_does_for_everybody_what_was_declared(client, deps, world, name):
    jobs, desks = world
    who = access.everybody(make_auth(deps))[name]
    asked = 0
    for route, method in operations(client):
        await check(client, route, method, (name, who), jobs)
        known = who.opens or (who.opens_by(route) and not who.looks_at) or who.admin
        if route.access in (Access.PUBLIC, Access.CREATE_DESK) or known:
            desks.restore()
        asked += 1
        assert desks.holds(), (name, route.rule)
    assert asked > 500


async def check(client, route, method, named, jobs):
    name, who = named
    owner = who.opens_by(route) or "guest"
    job = access.job_for(route.rule, jobs[owner])
    path = access.fill(route.rule, desk=who.desk, job=job)
    seen = await access.ask(client, route, method, path, who.headers)
    expected = expectation(route, who)
    where = f"{name}: {method} {path}"
    if expected is None:
        assert seen.status < 500, where
        assert seen.status not in (401, 403, 404), where
        return
    assert seen.status == expected, where
    if expected == 404 and method != "HEAD":
        assert seen.body == NOT_FOUND, where
    # Nothing tells what is somebody else's from what never was.
    never = access.fill(route.rule, desk=who.desk if who.desk == "me" else NEVER, job=NO_JOB)
    assert seen == await access.ask(client, route, method, never, who.headers), where


def expectation(route, who):
    """None for an answer; else the status that turns them away."""
    match route.access:
        case Access.PUBLIC | Access.CREATE_DESK:
            return None
        case Access.DESK:
            if who.looks_at is not None:
                return None if who.opens_by(route) else 404
            return None if who.opens else who.otherwise
        case Access.SESSION:
            # Pages of other systems know one answer to a session that is none.
            return None if who.opens_by(route) else 401
        case Access.LINK:
            # The path alone counts: a header opens nothing here, and shuts nobody out.
            return None if who.desk in (access.GUEST, access.OTHER_GUEST) else 404
        case Access.SHARE:
            return None if who.looks_at is not None else 404
        case Access.OPERATOR:
            return None if who.admin else 404 if who.has_token else 401


async def test_a_job_under_another_s_desk_never_was(client, deps, world):
    """Whoever owns a desk finds nobody else's job under it, by no route."""
    jobs, desks = world
    for name, who in access.everybody(make_auth(deps)).items():
        if who.opens is None:
            continue
        foreign = jobs["eve" if who.opens != "eve" else "ann"]
        for route, method in operations(client):
            if route.access is not Access.DESK or "<job>" not in route.rule:
                continue
            paths = [access.fill(route.rule, desk=who.desk, job=job) for job in (foreign, NO_JOB)]
            seen = [await access.ask(client, route, method, path, who.headers) for path in paths]
            assert seen[0] == seen[1], f"{name}: {method} {paths[0]}"
            assert seen[0].status == 404, f"{name}: {method} {paths[0]}"
            assert desks.holds()


async def test_a_desk_that_an_operator_asks_for_and_that_never_was(client, deps, world):
    root = access.everybody(make_auth(deps))["admin at the link"]
    for route, method in operations(client):
        if route.access is Access.OPERATOR and "<" in route.rule:
            path = access.fill(route.rule, desk=NEVER, job=NO_JOB)
            path = path.replace(access.desk_key(access.GUEST), access.desk_key(NEVER))
            seen = await access.ask(client, route, method, path, root.headers)
            assert (seen.status, seen.body or NOT_FOUND) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("rule", "declared"),
    [
        ("/api/desks/<desk>/new", Access.PUBLIC),
        ("/api/desks/<desk>/new", Access.OPERATOR),
        ("/api/desks/<desk>/new", Access.CREATE_DESK),
        ("/api/new", Access.DESK),
        ("/new", Access.LINK),
    ],
)
def test_a_declaration_that_does_not_fit_the_path_is_refused_at_start(deps, rule, declared):
    async def handler():
        raise AssertionError

    route = Route(
        method="GET", rule=rule, name="new", access=declared, handler=handler, summary="New"
    )
    with pytest.raises(ValueError, match=declared.name):
        guarded(route, make_auth(deps), None)


def test_a_route_cannot_be_made_without_a_declaration():
    with pytest.raises(TypeError, match="access"):
        Route(method="GET", rule="/", name="x", handler=print, summary="x")


def test_every_message_of_the_socket_is_declared():
    owner, admin = Asker("user:ann", "token"), Asker("user:root", "token", admin=True)
    assert {message.access for message in MESSAGES.values()} <= {Access.DESK, Access.OPERATOR}
    for message in MESSAGES.values():
        assert may_send(admin, message.access)
        assert may_send(owner, message.access) is (message.access is Access.DESK)


async def test_the_description_asks_for_what_was_declared(client):
    document = await (await client.get("/openapi.json")).get_json()
    for route, _ in operations(client):
        if not route.in_api:
            continue
        path = route.rule.replace("<path:", "<").replace("<", "{").replace(">", "}")
        operation = document["paths"][path][route.method.lower()]
        schemes = [set(choice) for choice in operation["security"]]
        match route.access:
            case Access.DESK | Access.SESSION:
                assert schemes == [set(), {"token"}, {"session"}, {"cookie"}]
            case Access.OPERATOR:
                assert schemes == [{"admin"}]
            case _:
                assert schemes == []
        needed = {scheme for choice in schemes for scheme in choice}
        assert needed <= set(document["components"]["securitySchemes"])


def test_the_matrix_is_of_this_application(deps):
    """Whatever else is registered on an application is in its URL map."""
    client = build_app(deps).test_client()
    assert {route.access for route, _ in operations(client)} >= {
        Access.PUBLIC, Access.CREATE_DESK, Access.DESK, Access.LINK, Access.SHARE,
    }  # fmt: skip

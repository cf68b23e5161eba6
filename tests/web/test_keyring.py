"""The secret is rotated under a running server: who may go on, until when, and what damage does."""

from __future__ import annotations

import time

import pytest
import structlog
import trio
from msgspec.structs import replace
from structlog.testing import CapturingLogger

from state.rotation import Former, SecretFolder, Secrets, rotate
from state.secret import load_secret
from state.views import desk_key
from tests.support.forged import bearer, token
from tests.web.conftest import GUEST, HeldSecrets, make_auth, make_keyring
from tests.web.test_stream import closed_with, frame
from web.app import build_app
from web.errors import WebError
from web.keyring import WATCH_EVERY_S

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
HOUR_S = 3600.0


class Clock:
    """The wall clock, where tests want it."""

    def __init__(self):
        self.at = time.time()

    def __call__(self):
        return self.at


@pytest.fixture
def wall():
    return Clock()


@pytest.fixture
def source():
    return HeldSecrets(Secrets(OLD))


@pytest.fixture
def lines():
    return CapturingLogger()


@pytest.fixture
def keyring(source, wall, lines):
    log = structlog.wrap_logger(lines, processors=[])
    return make_keyring(source, now=wall, log=log)


@pytest.fixture
def signed(deps, keyring, wall):
    """An Auth by that keyring."""
    return make_auth(replace(deps, keyring=keyring), now=wall)


def identified(auth, *, secret=None, cookie=None):
    """The key by which that is believed, or None."""
    headers = bearer(token(secret=secret)) if secret is not None else {}
    try:
        return auth.identify("me", headers, cookie).key_id
    except WebError:
        return None


def rotated(wall, window_s=HOUR_S):
    former = () if window_s == 0 else (Former(OLD, wall.at + window_s),)
    return Secrets(NEW, former)


def test_what_the_old_secret_has_signed_is_taken_until_its_window_ends(signed, source, wall):
    cookie = signed.sign(GUEST)
    first = identified(signed, secret=OLD)
    assert identified(signed, secret=NEW) is None
    source.held = rotated(wall)
    assert identified(signed, secret=OLD) == identified(signed, cookie=cookie) == first
    assert identified(signed, secret=NEW) not in (None, first)
    wall.at += HOUR_S - 1
    assert identified(signed, secret=OLD) == identified(signed, cookie=cookie) == first
    wall.at += 1
    assert identified(signed, secret=OLD) is None
    assert identified(signed, cookie=cookie) is None
    assert identified(signed, secret=NEW) is not None


def test_without_a_window_all_ends_at_the_next_request(signed, source, wall):
    cookie = signed.sign(GUEST)
    assert identified(signed, secret=OLD) == identified(signed, cookie=cookie) is not None
    source.held = rotated(wall, 0)
    assert identified(signed, secret=OLD) is None
    assert identified(signed, cookie=cookie) is None


def test_new_cookies_are_signed_by_the_new_secret(signed, source, wall):
    old = signed.sign(GUEST)
    source.held = rotated(wall)
    new = signed.sign(GUEST)
    assert new != old
    assert identified(signed, cookie=new) == identified(signed, secret=NEW)


@pytest.mark.parametrize("error", [OSError(5, "EIO"), PermissionError(13, "EACCES")])
def test_what_cannot_be_read_is_told_once_and_changes_nothing(signed, source, wall, lines, error):
    source.held = rotated(wall)
    for secret in (OLD, NEW):
        assert identified(signed, secret=secret) is not None
    source.held = error
    lines.calls.clear()
    for _ in range(3):
        for secret in (OLD, NEW):
            assert identified(signed, secret=secret) is not None
    assert [call.method_name for call in lines.calls] == ["error"]
    source.held = Secrets(NEW)
    assert identified(signed, secret=OLD) is None


def test_former_secrets_that_cannot_be_read_go_on_as_they_were_known(signed, source, wall, lines):
    source.held = rotated(wall)
    assert identified(signed, secret=OLD) is not None
    source.held = Secrets(NEW, trouble="damaged")
    assert identified(signed, secret=OLD) is not None
    assert lines.calls[-1].method_name == "error"
    wall.at += HOUR_S
    assert identified(signed, secret=OLD) is None


def test_a_server_starts_with_damaged_former_secrets_and_says_so(lines):
    log = structlog.wrap_logger(lines, processors=[])
    keyring = make_keyring(HeldSecrets(Secrets(NEW, trouble="damaged")), log=log)
    assert len(keyring.accepted()) == 1
    assert [call.method_name for call in lines.calls] == ["error"]


def test_no_line_of_the_log_holds_a_secret(signed, source, wall, lines):
    source.held = rotated(wall)
    identified(signed, secret=NEW)
    assert lines.calls
    for secret in (OLD, NEW):
        assert secret.hex() not in str(lines.calls)
        assert str(secret) not in str(lines.calls)
        assert str(secret) not in repr(signed.identify("me", bearer(token(secret=NEW)), None))


def damage_mode(folder):
    (folder / "secret").chmod(0o644)


def damage_length(folder):
    (folder / "secret").write_bytes(b"short")


def damage_kind(folder):
    (folder / "secret").unlink()
    (folder / "secret").mkdir()


def damage_gone(folder):
    (folder / "secret").unlink()


@pytest.mark.parametrize("damage", [damage_mode, damage_length, damage_kind, damage_gone])
def test_the_files_of_a_data_folder(deps, tmp_path, damage):
    secrets = [load_secret(tmp_path)]
    auth = make_auth(replace(deps, keyring=make_keyring(SecretFolder(tmp_path))))
    assert identified(auth, secret=secrets[0]) is not None
    rotate(tmp_path, HOUR_S, time.time())
    secrets.append(load_secret(tmp_path))
    assert [identified(auth, secret=secret) is None for secret in secrets] == [False, False]
    damage(tmp_path)
    assert [identified(auth, secret=secret) is None for secret in secrets] == [False, False]
    if damage is not damage_kind:
        if damage is damage_gone:
            load_secret(tmp_path)
        rotate(tmp_path, 0, time.time())
        assert [identified(auth, secret=secret) is None for secret in secrets] == [True, True]


@pytest.mark.parametrize("window_s", [HOUR_S, 0.0])
@pytest.mark.parametrize("means", ["token", "cookie"])
async def test_a_socket_ends_with_the_key_that_has_opened_it(
    deps, source, autojump_clock, window_s, means
):
    began, start = trio.current_time(), time.time()

    def now():
        return start + trio.current_time() - began

    log = structlog.wrap_logger(CapturingLogger(), processors=[])
    deps = replace(deps, keyring=make_keyring(source, now=now, log=log), now=now)
    await deps.desks.create(desk_key(GUEST))
    client = build_app(deps).test_client()
    headers = bearer(token(secret=OLD))
    if means == "cookie":
        headers = {"Cookie": f"nightdesk={make_auth(deps).sign(GUEST)}"}
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deps.keyring.watch)
        async with client.websocket("/api/desks/me/stream", headers=headers) as socket:
            await frame(socket)
            rotation = trio.current_time()
            source.held = Secrets(NEW, (Former(OLD, now() + window_s),) if window_s else ())
            with trio.fail_after(window_s + 10):
                code = await patiently_closed_with(socket)
        lasted_s = trio.current_time() - rotation
        nursery.cancel_scope.cancel()
    assert code == 1008
    assert window_s <= lasted_s <= window_s + WATCH_EVERY_S


async def patiently_closed_with(socket):
    """Frames of pings and saves may come for an hour."""
    while True:
        with trio.move_on_after(50):
            return await closed_with(socket)


async def test_a_link_s_socket_outlives_every_rotation(deps, desk, source, autojump_clock):
    deps = replace(deps, keyring=make_keyring(source))
    client = build_app(deps).test_client()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(deps.keyring.watch)
        async with client.websocket(f"/api/desks/{GUEST}/stream") as socket:
            await frame(socket)
            source.held = Secrets(NEW)
            await trio.sleep(10)
            await socket.send('{"type":"ping"}')
            assert (await frame(socket)) == {"type": "pong"}
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("window_s", [HOUR_S, 0.0])
async def test_a_long_poll_whose_key_has_ended_is_told_nothing(
    deps, source, autojump_clock, window_s
):
    deps = replace(deps, keyring=make_keyring(source))
    client = build_app(deps).test_client()
    headers = bearer(token(secret=OLD))
    first = await client.get("/api/desks/me", headers=headers)
    revision = (await first.get_json())["revision"]
    statuses = []

    async def poll():
        path = f"/api/desks/me?after={revision}&wait=20"
        statuses.append((await client.get(path, headers=headers)).status_code)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(poll)
        await trio.sleep(5)
        source.held = Secrets(NEW, (Former(OLD, time.time() + window_s),) if window_s else ())
    assert statuses == [304 if window_s else 401]

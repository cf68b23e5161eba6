"""The secret of a running server is rotated by the command, beside it and without a restart."""

from __future__ import annotations

from urllib.parse import urlsplit

import trio

from nightdesk import Client
from nightdesk.client import Refused
from tests.support.processes import run_command
from tests.support.serving import open_socket

# Waited so long only where a test fails, or its machine is busy: what the product promises is
# shown on a virtual clock, in `tests/web/test_keyring.py`.
PATIENCE_S = 60


def command(server, *arguments):
    done = run_command(*arguments, "--data", str(server.data))
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    return done.stdout.strip()


def is_known(server, token):
    with Client(server.url, token=token) as desk:
        try:
            desk.snapshot()
        except Refused as refused:
            return refused.status != 401
    return True


async def test_a_rotation_is_followed_from_the_next_request_on(start_server):
    server = start_server()
    oldest = command(server, "token", "ann")
    command(server, "rotate-secret")
    old = command(server, "token", "ann")
    assert [is_known(server, token) for token in (oldest, old)] == [True, True]
    headers = [(b"Authorization", f"Bearer {oldest}".encode())]
    port = urlsplit(server.url).port
    async with open_socket(port, "/api/desks/me/stream", headers) as socket:
        assert await socket.receive() is not None
        await trio.to_thread.run_sync(command, server, "rotate-secret", "--window", "0")
        with trio.fail_after(PATIENCE_S):
            while await socket.receive() is not None:
                pass
        assert socket.close_code == 1008
    new = command(server, "token", "ann")
    assert [is_known(server, token) for token in (oldest, old, new)] == [False, False, True]
    (server.data / "secret").write_bytes(b"damaged")
    assert [is_known(server, token) for token in (old, new)] == [False, True]
    assert server.stop() == 0
    assert server.log.count("the secret was rotated") == 2
    assert server.log.count("the secret cannot be read") == 1
    assert not [token for token in (oldest, old, new) if token in server.log]

"""`nightdesk token` and `nightdesk rotate-secret`: what they write, and what they refuse."""

from __future__ import annotations

import os
import time

import pytest

from nightdesk.cli.app import run
from nightdesk.cli.tokens import seconds
from nightdesk.ranges import ConfigError
from state.rotation import SecretFolder, alone
from state.secret import load_secret
from tests.web.conftest import make_keyring
from web.errors import WebError
from web.tokens import verify

DAY_S = 86_400


@pytest.fixture
def command(tmp_path, capsys):
    """Runs a command on the data folder; (code, stdout, stderr)."""
    load_secret(tmp_path)

    def call(*arguments, language="C.UTF-8"):
        code = run([*arguments, "--data", str(tmp_path)], {"LANG": language})
        shown = capsys.readouterr()
        return code, shown.out.strip(), shown.err.strip()

    return call


def claims_of(token, folder):
    return verify(token, make_keyring(SecretFolder(folder)).accepted(), time.time())


@pytest.mark.parametrize(
    ("arguments", "life_s", "admin"),
    [
        ((), 30 * DAY_S, False),
        (("--ttl", "12h"), 12 * 3600, False),
        (("--ttl", "45m"), 45 * 60, False),
        (("--ttl", "90s"), 90, False),
        (("--ttl", "90", "--admin"), 90, True),
        (("--ttl", "3660d"), 3660 * DAY_S, False),
        (("--admin",), 30 * DAY_S, True),
    ],
)
def test_a_token_is_what_the_server_takes(command, tmp_path, arguments, life_s, admin):
    code, token, _ = command("token", "ann", *arguments)
    claims = claims_of(token, tmp_path)
    assert (code, claims.user, claims.admin) == (0, "ann", admin)
    assert claims.expires_at - time.time() == pytest.approx(life_s, abs=30)


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "1.5", "1w", "1 d", "d", "0x10", "１d", "1e9", "1d12h", "9" * 400]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ConfigError, match="--ttl"):
        seconds("--ttl", text, least_s=1)


@pytest.mark.parametrize("text", ["0", "0d", "3661d", "316224001"])
def test_a_duration_out_of_range_is_refused(text):
    with pytest.raises(ConfigError, match="out of range"):
        seconds("--ttl", text, least_s=1)


@pytest.mark.parametrize("user", ["", "x" * 201, "a\nb", "a\u202eb", "a\x1b[1m", "\ud800"])
def test_a_user_whom_the_server_would_refuse_gets_no_token(command, user):
    code, out, err = command("token", user)
    assert (code, out) == (2, "")
    assert "printable" in err


@pytest.mark.parametrize(("window", "lives"), [((), True), (("--window", "0"), False)])
def test_a_rotation_keeps_what_the_old_secret_has_signed_or_ends_it(
    command, tmp_path, window, lives
):
    _, before, _ = command("token", "ann")
    code, out, err = command("rotate-secret", *window)
    assert (code, out) == (0, "")
    assert ("until" in err, "has ended" in err) == (lives, not lives)
    _, after, _ = command("token", "ann")
    assert claims_of(after, tmp_path).user == "ann"
    if lives:
        assert claims_of(before, tmp_path).user == "ann"
    else:
        with pytest.raises(WebError):
            claims_of(before, tmp_path)


def test_the_words_are_chinese_where_that_is_asked_for(command):
    assert "新密钥" in command("rotate-secret", language="zh_CN.UTF-8")[2]


def make_unusable(folder):
    (folder / "secret").chmod(0o644)


def make_gone(folder):
    (folder / "secret").unlink()


def damage_former(folder):
    (folder / "secret.old").write_text("x")
    (folder / "secret.old").chmod(0o600)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(make_unusable, "--window 0"), (make_gone, "there is no secret"), (damage_former, "damaged")],
)
def test_what_cannot_be_rotated_is_said_in_a_line(command, tmp_path, spoil, said):
    spoil(tmp_path)
    code, out, err = command("rotate-secret")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err


@pytest.mark.parametrize("spoil", [make_unusable, damage_former])
def test_a_rotation_without_a_window_needs_nothing_of_the_old(command, tmp_path, spoil):
    spoil(tmp_path)
    assert command("rotate-secret", "--window", "0")[0] == 0
    assert claims_of(command("token", "ann")[1], tmp_path).user == "ann"


def test_a_token_of_an_unusable_secret_is_refused_in_a_line(command, tmp_path):
    make_unusable(tmp_path)
    code, out, err = command("token", "ann")
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_one_rotation_at_a_time(command, tmp_path):
    before = (tmp_path / "secret").read_bytes()
    with alone(tmp_path):
        code, _, err = command("rotate-secret")
    assert (code, "another rotation" in err) == (2, True)
    assert (tmp_path / "secret").read_bytes() == before


def test_another_account_s_secret_is_not_made_one_s_own(command, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    before = (tmp_path / "secret").read_bytes()
    code, _, err = command("rotate-secret", "--window", "0")
    assert (code, "belongs to account" in err) == (2, True)
    assert (tmp_path / "secret").read_bytes() == before

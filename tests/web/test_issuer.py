"""An issuer whom the operator trusts: its users get in, and nobody else by pretending."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache

import jwt
import pytest
import trio
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from msgspec.structs import replace

from nightdesk.config import Config
from nightdesk.issuers import check_is_another, trusted_issuer
from nightdesk.ranges import ConfigError
from state.memory import MemoryStore
from state.views import desk_key
from tests.support.forged import HEADER, NOW, bearer, claims, encoded, forged, token
from tests.support.naming import spelled
from tests.web.conftest import SECRET, make_keyring
from web.app import build_app
from web.auth import Auth
from web.issuer import KeyUnusable, read_issuer

OUTSIDE = b"an outside secret of thirty-two bytes and more"
RS256 = {"alg": "RS256", "typ": "JWT"}


@cache
def private_key(bits=2048):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def spki():
    return private_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signed_by_rsa(payload, header=RS256):
    parts = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(payload).encode())}"
    signature = jwt.get_algorithm_by_name("RS256").sign(parts.encode(), private_key())
    return f"{parts}.{encoded(signature)}"


def outside(**changed):
    return claims(**{"sub": "ann", **changed})


@pytest.fixture
def ask(deps):
    """The status of a request with that token, where that issuer is trusted."""

    async def status(issuer, text, path="/api/desks/me"):
        client = build_app(replace(deps, issuer=issuer)).test_client()
        return (await client.get(path, headers=bearer(text))).status_code

    return status


HMAC_ISSUER = read_issuer(OUTSIDE + b"\n")


def rsa_issuer(**names):
    return read_issuer(pem(private_key()), **names)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"iat": ...},
        {"sub": ..., "user_id": "ann"},
        {"sub": ..., "user_id": 42},
        {"user_id": "ann"},
        {"exp": NOW + 3_600.5},
        {"role": "user", "email": "ann@example.com"},
    ],
    ids=spelled,
)
async def test_its_users_get_in(ask, deps, payload):
    assert await ask(HMAC_ISSUER, forged(HEADER, outside(**payload), secret=OUTSIDE)) == 200
    assert await ask(rsa_issuer(), signed_by_rsa(outside(**payload))) == 200
    user = payload.get("user_id", "ann")
    assert list(deps.desks.desks) == [desk_key(f"user:{user}")]


async def test_our_own_tokens_go_on(ask):
    for issuer in (HMAC_ISSUER, rsa_issuer(name="theirs", audience="us")):
        assert await ask(issuer, token()) == 200


async def test_name_and_audience_are_as_the_operator_said(ask):
    issuer = rsa_issuer(name="autoads-next", audience="internal-go")
    named = {"iss": "autoads-next", "aud": "internal-go"}
    assert await ask(issuer, signed_by_rsa(outside(**named))) == 200
    assert await ask(issuer, signed_by_rsa(outside(**named | {"aud": ["x", "internal-go"]}))) == 200
    for wrong in (
        {"iss": ...}, {"iss": "other"}, {"iss": ""}, {"iss": ["autoads-next"]}, {"iss": None},
        {"aud": ...}, {"aud": "other"}, {"aud": []}, {"aud": ["x"]}, {"aud": None},
    ):  # fmt: skip
        assert await ask(issuer, signed_by_rsa(outside(**named | wrong))) == 401, wrong
    for more in ({"iss": "x"}, {"iss": ""}, {"iss": None}, {"aud": "x"}, {"aud": None}):
        assert await ask(rsa_issuer(), signed_by_rsa(outside(**more))) == 401, more


@pytest.mark.parametrize(
    "payload",
    [
        {"exp": ...}, {"exp": NOW - 1}, {"exp": str(NOW + 60)}, {"exp": True}, {"exp": None},
        {"exp": (NOW + 60) * 1000}, {"iat": NOW + 3_600}, {"iat": "x"}, {"nbf": NOW + 3_600},
        {"sub": ...}, {"sub": ""}, {"sub": None}, {"sub": ["ann"]}, {"sub": "x" * 201},
        {"sub": "a\nb"}, {"sub": 1.5}, {"sub": True}, {"user_id": "eve"}, {"user_id": ""},
        {"user_id": None}, {"sub": None, "user_id": "ann"}, {"user_id": {"$ne": ""}},
    ],
    ids=spelled,
)  # fmt: skip
async def test_a_claim_that_is_not_as_it_must_be_is_refused(ask, payload):
    assert await ask(HMAC_ISSUER, forged(HEADER, outside(**payload), secret=OUTSIDE)) == 401
    assert await ask(rsa_issuer(), signed_by_rsa(outside(**payload))) == 401


async def test_it_makes_no_operator(ask, deps):
    """Whatever it says: `admin` is a word of ours."""
    deps = replace(deps, store=MemoryStore())
    path = f"/api/operator/desks/{desk_key('user:ann')}/audit"
    client = build_app(replace(deps, issuer=HMAC_ISSUER)).test_client()
    theirs = forged(HEADER, outside(admin=True), secret=OUTSIDE)
    for text, opens in ((theirs, False), (token(admin=True), True)):
        assert (await client.get("/api/desks/me", headers=bearer(text))).status_code == 200
        answer = await client.get(path, headers=bearer(text))
        assert (answer.status_code != 404) is opens
    assert await ask(rsa_issuer(), signed_by_rsa(outside(admin=True)), path) == 404


ATTACKS = {
    "the public key as a secret": lambda: forged(HEADER, outside(), secret=pem(private_key())),
    "the same, its end cut": lambda: forged(HEADER, outside(), secret=pem(private_key()).strip()),
    "RS256 in the header over that": lambda: forged(RS256, outside(), secret=pem(private_key())),
    "HS256 in the header over RSA": lambda: signed_by_rsa(outside(), HEADER),
    "no algorithm": lambda: signed_by_rsa(outside(), {"alg": "none"}),
    "no signature": lambda: signed_by_rsa(outside()).rpartition(".")[0] + ".",
    "RS512": lambda: signed_by_rsa(outside(), {"alg": "RS512"}),
    "PS256": lambda: signed_by_rsa(outside(), {"alg": "PS256"}),
    "another secret": lambda: forged(HEADER, outside(), secret=b"x" * 32),
    "a key of its own": lambda: signed_by_rsa(outside(), {**RS256, "crit": ["jwk"], "jwk": {}}),
    "the hash of the key": lambda: forged(
        HEADER, outside(), secret=hashlib.sha256(pem(private_key())).digest()
    ),
    "other claims": lambda: _with_payload(signed_by_rsa(outside()), outside(sub="eve")),
}


def _with_payload(text, payload):
    header, _, signature = text.split(".")
    return f"{header}.{encoded(json.dumps(payload).encode())}.{signature}"


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_nobody_pretends_to_be_it(ask, deps, attack):
    assert await ask(rsa_issuer(), attack()) == 401
    assert deps.desks.desks == {}


async def test_its_secret_signs_by_nothing_but_hs256(ask):
    for header, digest in (({"alg": "HS512"}, hashlib.sha512), (RS256, hashlib.sha256)):
        text = forged(header, outside(), secret=OUTSIDE, digest=digest)
        assert await ask(HMAC_ISSUER, text) == 401
    assert await ask(HMAC_ISSUER, signed_by_rsa(outside())) == 401


async def test_without_an_issuer_its_tokens_are_nothing(ask):
    assert await ask(None, signed_by_rsa(outside())) == 401
    assert await ask(None, forged(HEADER, outside(), secret=OUTSIDE)) == 401


async def test_what_it_has_signed_ends_when_it_said(deps, autojump_clock):
    clock = {"now": float(NOW)}
    auth = Auth(
        deps.keyring, local_desk=False, desks=deps.desks, rates=None,
        now=lambda: clock["now"] + trio.current_time(), issuer=HMAC_ISSUER,
    )  # fmt: skip
    clock["now"] -= trio.current_time()
    text = forged(HEADER, outside(exp=NOW + 60), secret=OUTSIDE)
    asker = auth.identify("me", {"authorization": f"Bearer {text}"}, None)
    auth.check(asker)
    began = trio.current_time()
    await auth.wait_over(asker)
    assert trio.current_time() - began == pytest.approx(60)
    with pytest.raises(Exception, match="has ended"):
        auth.check(asker)


def ec_key():
    return pem(ec.generate_private_key(ec.SECP256R1()))


def private_pem():
    return private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


UNUSABLE = {
    "nothing": lambda: b"",
    "a short secret": lambda: b"x" * 31 + b"\n",
    "a private key": private_pem,
    "a key of curves": ec_key,
    "a short RSA key": lambda: pem(private_key(1024)),
    "a PEM of nothing": lambda: b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "a PEM after a space": lambda: b"  \n" + ec_key(),
    "a public key in DER": lambda: spki(),
    "a public key of SSH": lambda: private_key().public_key().public_bytes(
        Encoding.OpenSSH, PublicFormat.OpenSSH
    ),
    "a public key in bare base64": lambda: base64.b64encode(spki()),
    "the same in lines of 64": lambda: b"".join(pem(private_key()).splitlines(True)[1:-1]),
    "the same for addresses": lambda: base64.urlsafe_b64encode(spki()).rstrip(b"="),
    "a PEM in UTF-16": lambda: pem(private_key()).decode().encode("utf-16"),
    "the key of SSH after a comment": lambda: b"# mine\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ me",
    "a set of keys in JSON": lambda: b'{"keys":[{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZpt"}]}',
    "a large file": lambda: b"x" * 65_537,
}  # fmt: skip


@pytest.mark.parametrize("data", UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_that_is_no_key_is_refused(data):
    with pytest.raises(KeyUnusable):
        read_issuer(data())


def test_the_file_is_read_at_the_start(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(pem(private_key()))
    config = Config(trusted_issuer_key_file=str(path), trusted_issuer="theirs")
    issuer = trusted_issuer(config)
    assert (issuer.algorithm, issuer.name, issuer.audience) == ("RS256", "theirs", "")
    assert trusted_issuer(Config()) is None
    path.write_bytes(OUTSIDE)
    assert trusted_issuer(config).algorithm == "HS256"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"trusted_issuer": "theirs"}, "--trusted-issuer-key-file"),
        ({"trusted_issuer_audience": "us"}, "--trusted-issuer-key-file"),
        ({"trusted_issuer_key_file": "/nowhere/at/all"}, "/nowhere/at/all: No such file"),
        ({"trusted_issuer_key_file": "/"}, "/: Is a directory"),
        ({"trusted_issuer_key_file": "/dev/null"}, "/dev/null: its secret is shorter"),
    ],
)
def test_what_cannot_be_read_is_told_at_the_start(fields, told):
    with pytest.raises(ConfigError, match=told):
        trusted_issuer(Config(**fields))


def test_an_issuer_is_not_given_the_server_s_own_secret():
    with pytest.raises(ConfigError, match="own secret"):
        check_is_another(read_issuer(SECRET), make_keyring())
    check_is_another(HMAC_ISSUER, make_keyring())
    check_is_another(rsa_issuer(), make_keyring())
    check_is_another(None, make_keyring())


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"# of the shop\n", b"Bag Attributes\n"])
def test_a_public_key_is_one_whatever_stands_before_it(before):
    """As a secret it would be known to everybody."""
    assert read_issuer(before + pem(private_key())).algorithm == "RS256"


@pytest.mark.parametrize("secret", [b"MIIB" * 10, b"a" * 32, base64.b64encode(b"x" * 48)])
def test_a_secret_may_look_like_base64(secret):
    assert read_issuer(secret).algorithm == "HS256"

"""Threats D: what a token must be. Every attack is 401 in the one shape, whatever else is there."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from msgspec.structs import replace

from state.views import desk_key
from tests.support.forged import HEADER, NOW, bearer, claims, encoded, forged, token
from tests.support.naming import spelled
from tests.web.conftest import GUEST, SECRET
from tests.web.test_error_shape import is_error
from web.errors import WebError
from web.tokens import MAX_TOKEN_CHARS, MAX_TOKEN_LIFE_S

GOOD = claims()
PAYLOAD = json.dumps(GOOD).encode()
PUBLIC_KEY = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
"""


def unsigned(header, signature=b""):
    return f"{encoded(json.dumps(header).encode())}.{encoded(PAYLOAD)}.{encoded(signature)}"


def with_claims(text):
    """Signed for good over claims that no JSON writer would write."""
    return forged(HEADER, text if isinstance(text, bytes) else text.encode())


GOOD_TOKEN = token()
SIGNED, SIGNATURE = GOOD_TOKEN.rsplit(".", 1)

ALGORITHMS = {
    "none": unsigned({"alg": "none", "typ": "JWT"}),
    "None": unsigned({"alg": "None", "typ": "JWT"}),
    "nOnE with a signature": unsigned({"alg": "nOnE"}, b"x" * 32),
    "no alg": forged({"typ": "JWT"}, GOOD),
    "alg is null": forged({"alg": None}, GOOD),
    "alg is a list": forged({"alg": ["HS256"]}, GOOD),
    "alg in lower case": forged({"alg": "hs256"}, GOOD),
    "alg twice": forged(b'{"alg":"none","alg":"HS256"}', GOOD),
    "RS256": unsigned({"alg": "RS256"}, b"x" * 256),
    "HS256 with the public key": forged(HEADER, GOOD, secret=PUBLIC_KEY),
    "RS256 signed as HS256": forged({"alg": "RS256"}, GOOD, secret=PUBLIC_KEY),
    "HS384": forged({"alg": "HS384"}, GOOD, digest=hashlib.sha384),
    "HS512": forged({"alg": "HS512"}, GOOD, digest=hashlib.sha512),
    "HS512 called HS256": forged(HEADER, GOOD, digest=hashlib.sha512),
    "ES256": unsigned({"alg": "ES256"}, b"\0" * 64),
    "EdDSA": unsigned({"alg": "EdDSA"}, b"\0" * 64),
    "an empty key": forged(HEADER, GOOD, secret=b""),
    "another key": forged(HEADER, GOOD, secret=b"x" * 32),
    "the key and a newline": forged(HEADER, GOOD, secret=SECRET + b"\n"),
    "the hash of the key": forged(HEADER, GOOD, secret=hashlib.sha256(SECRET).digest()),
    "kid names a file": forged({**HEADER, "kid": "../../dev/null"}, GOOD, secret=b""),
    "kid is SQL": forged({**HEADER, "kid": "' UNION SELECT 'x"}, GOOD, secret=b"x"),
    "a key of one's own": forged({**HEADER, "jwk": {"kty": "oct", "k": "eA"}}, GOOD, secret=b"x"),
    "a key from elsewhere": forged({**HEADER, "jku": "http://evil/"}, GOOD, secret=b"x"),
    "crit": forged({**HEADER, "crit": ["exp"]}, GOOD),
    "crit of nothing": forged({**HEADER, "crit": []}, GOOD),
    "b64": forged({**HEADER, "b64": False, "crit": ["b64"]}, GOOD),
    "b64 alone": forged({**HEADER, "b64": False}, GOOD),
    "compressed": forged({**HEADER, "zip": "DEF"}, GOOD),
    "encrypted": forged({**HEADER, "enc": "A256GCM"}, GOOD),
    "another kind": forged({**HEADER, "typ": "at+jwt"}, GOOD),
    "kind is no text": forged({**HEADER, "typ": 1}, GOOD),
}

CLAIMS = {
    **{f"no {name}": token(**{name: ...}) for name in ("exp", "iat", "sub")},
    **{
        f"{name} is {spelled(repr(value)):.40}": token(**{name: value})
        for name, values in {
            "exp": (None, True, "9e18", str(NOW + 60), NOW + 60.5, [NOW + 60], {}),
            "iat": (None, True, "now", str(NOW), NOW + 0.5, [], NOW + 3_600, -1, 9 * 10**18),
            "nbf": (None, True, "later", NOW + 0.5, NOW + 3_600, -1, 9 * 10**18),
            "sub": (None, 5, True, ["ann"], {"a": 1}, "", "x" * 201),
            "admin": (None, 1, 0, "true", "false", [], {}),
            "aud": ("nightdesk", None, ["x"]),
        }.items()
        for value in values
    },
    **{
        f"exp is {what}": token(exp=value)
        for what, value in {
            "over": NOW - 1,
            "now": NOW,
            "0": 0,
            "negative": -(2**63),
            "9e18": 9 * 10**18,
            "in milliseconds": (NOW + 60) * 1000,
            "too far": NOW + MAX_TOKEN_LIFE_S + 600,
        }.items()
    },
    "exp before iat": token(iat=NOW, exp=NOW - 1),
    "exp is infinite": with_claims(PAYLOAD.replace(b'"exp": ', b'"exp": 1e999, "x": ')),
    "exp has 5,000 digits": with_claims(PAYLOAD.replace(b'"exp": ', b'"exp": ' + b"9" * 5000)),
    "exp is NaN": with_claims(PAYLOAD.replace(b'"exp": ', b'"exp": NaN, "x": ')),
    "sub twice": with_claims(PAYLOAD.replace(b'"sub"', b'"sub": "eve", "sub"')),
    **{
        f"sub with {name}": token(sub=f"a{char}b")
        for name, char in {
            "NUL": "\0", "newline": "\n", "CR LF": "\r\n", "tab": "\t", "escape": "\x1b[31m",
            "DEL": "\x7f", "C1": "\x85", "RLO": "\u202e", "LRI": "\u2066", "RLM": "\u200f",
            "zero width": "\u200b", "BOM": "\ufeff", "line separator": "\u2028",
            "soft hyphen": "\u00ad", "no-break space": "\u00a0", "private use": "\ue000",
            "tag": "\U000e0041", "lone surrogate": "\ud800", "unassigned": "\U0003ffff",
        }.items()
    },
    "sub a raw surrogate": with_claims(PAYLOAD.replace(b"ann", b"\xed\xa0\x80")),
    "sub in Latin-1": with_claims(PAYLOAD.replace(b"ann", b"Andr\xe9")),
    "UTF-16": with_claims(json.dumps(GOOD).encode("utf-16")),
    "a BOM": with_claims(b"\xef\xbb\xbf" + PAYLOAD),
}  # fmt: skip

SHAPES = {
    "nothing": "",
    "a word": "x",
    "two parts": SIGNED,
    "four parts": f"{GOOD_TOKEN}.x",
    "no signature": f"{SIGNED}.",
    "no payload": f"{SIGNED.split('.')[0]}..{SIGNATURE}",
    "dots": "..",
    "a cut signature": GOOD_TOKEN[:-2],
    "another signature": f"{SIGNED}.{encoded(b'x' * 32)}",
    "padding": f"{GOOD_TOKEN}=",
    "the other alphabet": base64.b64encode(b"\xfb\xff" * 9).decode() + ".e30.e30",
    "junk in the signature": f"{SIGNED}.{SIGNATURE[:5]}!{SIGNATURE[5:]}",
    "an impossible length": f"{SIGNED}.{SIGNATURE}xx",
    "a space behind": f"{GOOD_TOKEN} ",
    "two tokens": f"{GOOD_TOKEN} {GOOD_TOKEN}",
    "two tokens by comma": f"{GOOD_TOKEN}, Bearer {GOOD_TOKEN}",
    "quotes": f'"{GOOD_TOKEN}"',
    "not ASCII": f"{SIGNED}.\xe9\xff",
    "wide digits": GOOD_TOKEN.replace("e", "\xef", 1),
    "header is a list": forged([HEADER], GOOD),
    "header is text": forged(b'"HS256"', GOOD),
    "header is no JSON": forged(b"{'alg':'HS256'}", GOOD),
    "payload is a list": forged(HEADER, [GOOD]),
    "payload is null": forged(HEADER, b"null"),
    "payload is empty": forged(HEADER, b""),
    "deep header": forged(b"[" * 4_000, GOOD),
    "deep header, closed": forged(b'{"alg":' + b"[" * 2_000 + b"]" * 2_000 + b"}", GOOD),
    "deep payload": with_claims(b'{"sub":' + b"[" * 2_500 + b"]" * 2_500 + b"}"),
    "50,000 deep": with_claims(b'{"sub":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "100 kB": token(extra="x" * 75_000),
    "100 kB of dots": "." * 100_000,
    "100 kB header": forged({**HEADER, "kid": "x" * 75_000}, GOOD),
}


ATTACKS = {**ALGORITHMS, **CLAIMS, **SHAPES}


@pytest.fixture
def deps(deps):
    """Its time stands: these tokens are as old as this run of the tests, which takes its time."""
    return replace(deps, now=lambda: NOW)


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_any_other_token_is_nobody_s(auth, text):
    with pytest.raises(WebError) as caught:
        auth.identify("me", {**bearer(text), "x-session-id": GUEST}, auth.sign(GUEST))
    assert caught.value.code == "unauthorized"


async def test_and_401_in_the_one_shape(client, deps, captured):
    for name, text in ATTACKS.items():
        answer = await client.get("/api/desks/me", headers=bearer(text))
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), name
        assert is_error(await answer.get_json())
    assert deps.desks.desks == {}
    # Nothing that was shown is in the log.
    assert not [
        name for name, text in ATTACKS.items() if len(text) > 5 and text in str(captured.calls)
    ]


def test_no_other_character_anywhere_makes_another_token_of_it(auth):
    for position, there in enumerate(GOOD_TOKEN):
        for char in {"A", "B", "_", "9", ".", "=", "+", chr(ord(there) ^ 1)} - {there}:
            text = GOOD_TOKEN[:position] + char + GOOD_TOKEN[position + 1 :]
            with pytest.raises(WebError):
                auth.identify("me", bearer(text), None)


@pytest.mark.parametrize("name", ["bearer", "BEARER", "Bearer"])
def test_the_scheme_has_no_case(auth, name):
    asker = auth.identify("me", {"authorization": f"{name} {GOOD_TOKEN}"}, None)
    assert (asker.session_id, asker.means) == ("user:ann", "token")


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "Bearer", "Bearer ", GOOD_TOKEN, f"Bearer: {GOOD_TOKEN}", f"Bearer={GOOD_TOKEN}",
        f"Bearer  {GOOD_TOKEN}", f"Bearer\t{GOOD_TOKEN}", f"Token {GOOD_TOKEN}",
        f"JWT {GOOD_TOKEN}", f"Basic {GOOD_TOKEN}", f"Basic {encoded(b'ann:x')}",
        f"Bearer token={GOOD_TOKEN}", f"Bearer {GOOD_TOKEN},", f"Bearer {GOOD_TOKEN};v=1",
        f"Bearer Bearer {GOOD_TOKEN}", f"\u0412earer {GOOD_TOKEN}".encode().decode("latin-1"),
        f"Digest username=ann, Bearer {GOOD_TOKEN}",
    ],
)  # fmt: skip
def test_any_other_spelling_is_401(auth, value):
    with pytest.raises(WebError) as caught:
        auth.identify("me", {"authorization": value, "x-session-id": GUEST}, None)
    assert caught.value.code == "unauthorized"


@pytest.mark.parametrize("name", ["Authorization", "X-Session-ID"])
@pytest.mark.parametrize("path", ["/api/desks/me", f"/api/desks/{GUEST}", "/healthz"])
async def test_two_proofs_are_none(client, desk, name, path):
    value = f"Bearer {GOOD_TOKEN}" if name == "Authorization" else GUEST
    answer = await client.get(path, headers=[(name, value), (name.lower(), value)])
    assert answer.status_code == 401
    assert is_error(await answer.get_json())


@pytest.mark.parametrize(
    "query",
    [
        f"access_token={GOOD_TOKEN}", f"token={GOOD_TOKEN}", f"Token={GOOD_TOKEN}", "token=x",
        f"jwt={GOOD_TOKEN}", f"authorization=Bearer+{GOOD_TOKEN}", f"x={GOOD_TOKEN}",
        f"after=1&%61ccess_token={GOOD_TOKEN}", f"x=%65{GOOD_TOKEN[1:]}",
    ],
)  # fmt: skip
async def test_a_token_in_the_address_is_refused_and_not_logged(client, desk, captured, query):
    for path in ("/api/desks/me", f"/api/desks/{GUEST}", f"/s/{GUEST}", "/healthz"):
        answer = await client.get(f"{path}?{query}")
        assert answer.status_code == 401
        assert is_error(await answer.get_json())
        assert SIGNATURE not in (await answer.get_data()).decode()
    assert captured.calls
    assert SIGNATURE not in str(captured.calls)


@pytest.mark.parametrize(
    "query",
    [
        "a=" + "eyJ" * 5_400, "a=" + "%65yJ" * 3_000, "a=" + "-eyJ" * 4_000,
        "eyJ" * 5_400, "a=heyjude.example.com", "a=eyJ.", "a=1&" * 4_000,
    ],
)  # fmt: skip
async def test_what_begins_like_a_token_and_is_none_costs_nothing(client, query):
    """Each of the first was 0.15 s of everybody's time: `test_log_lines` has them longer."""
    assert (await client.get(f"/healthz?{query}")).status_code == 200


async def test_what_a_token_may_be(client, deps):
    for text in (
        token(),
        token(admin=True),
        token(admin=False),
        token(nbf=NOW),
        token(iat=NOW + 30),
        token(sub="x" * 200),
        token(sub="Jürgen 王"),
        token(exp=NOW + MAX_TOKEN_LIFE_S - 60),
        forged({"alg": "HS256"}, GOOD),
        forged({**HEADER, "kid": "whatever"}, GOOD),
        token(extra="x" * 5_000),
    ):
        assert len(text) <= MAX_TOKEN_CHARS
        answer = await client.get("/api/desks/me", headers=bearer(text))
        assert answer.status_code == 200, text
    assert set(deps.desks.desks) == {
        desk_key(f"user:{name}") for name in ("ann", "x" * 200, "Jürgen 王")
    }

"""Tokens: real ones, and what becomes of them when somebody who knows how (or has the secret)
changes a part.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from torture.fuzz.stage import USER, Stage
from torture.fuzz.texts import mutated, odd_texts

_ALGORITHMS = (
    "none", "None", "", "HS512", "RS256", "ES256", "EdDSA", 256, None, ["HS256"], "hs256",
)  # fmt: skip
_EXTRA = ("crit", "zip", "kid", "jku", "jwk", "b64", "typ")
_NUMBERS: tuple[Any, ...] = (
    0,
    -1,
    1.5,
    2**63,
    10**400,
    9e18,
    True,
    None,
    "4102444800",
    [],
    {},
    "NaN",
)


def tokens(stage: Stage) -> SearchStrategy[str]:
    """What may stand behind `Bearer`."""
    real = st.sampled_from(stage.tokens)
    spoilt = real.flatmap(lambda token: mutated(token.encode())).map(lambda x: x.decode("latin-1"))
    return real | spoilt | _forged(stage) | odd_texts


@st.composite
def _forged(draw: st.DrawFn, stage: Stage) -> str:
    """Signed by the server's own secret, so that what it says is looked at."""
    now = int(time.time()) // 3_600 * 3_600
    header: dict[str, Any] = {"alg": "HS256", "typ": "JWT"}
    claims: dict[str, Any] = {"sub": USER, "iat": now, "exp": now + 86_400}
    for _ in range(draw(st.integers(0, 2))):
        match draw(st.integers(0, 4)):
            case 0:
                header["alg"] = draw(st.sampled_from(_ALGORITHMS))
            case 1:
                header[draw(st.sampled_from(_EXTRA))] = draw(odd_texts)
            case 2:
                claims["sub"] = draw(odd_texts | st.sampled_from((1, None, [], {}, "a" * 201)))
            case 3:
                name = draw(st.sampled_from(("exp", "iat", "nbf", "admin", "aud")))
                claims[name] = draw(st.sampled_from(_NUMBERS))
            case _:
                claims.pop(draw(st.sampled_from(tuple(claims))), None)
    parts = [_part(json.dumps(header).encode()), _part(_payload(draw, claims))]
    signed = ".".join(parts)
    signature = hmac.digest(stage.secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{_part(signature)}"


def _payload(draw: st.DrawFn, claims: dict[str, Any]) -> bytes:
    text = json.dumps(claims).encode()
    match draw(st.integers(0, 5)):
        case 0:
            return b'{"a":' + b"[" * 5_000
        case 1:
            return text[:-1] + b',"sub":"other"}'
        case 2:
            return draw(mutated(text))
        case _:
            return text


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

"""Tokens as the server makes them, and as others would."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

from tests.web.conftest import SECRET

HEADER = {"alg": "HS256", "typ": "JWT"}
# When they are made: at the start of the run, however long it takes.
NOW = int(time.time())


def bearer(text):
    return {"authorization": f"Bearer {text}"}


def claims(**changed):
    """Good ones, but for what is changed; `...` takes one away."""
    all_of_them = {"sub": "ann", "iat": NOW, "exp": NOW + 86_400, **changed}
    return {name: value for name, value in all_of_them.items() if value is not ...}


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(header, payload, *, secret=SECRET, digest=hashlib.sha256):
    """Any header over any payload, signed for good; bytes stand for themselves."""
    parts = [
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)
    ]
    signed = ".".join(encoded(part) for part in parts)
    return f"{signed}.{encoded(hmac.new(secret, signed.encode(), digest).digest())}"


def token(*, secret=SECRET, **changed):
    return forged(HEADER, claims(**changed), secret=secret)

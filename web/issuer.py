"""An issuer of tokens besides this server, whom the operator trusts to say who its users are.

What its key is settles what may be signed with it: an RSA public key RS256, a secret HS256, and no
token is asked. Read from a file by `nightdesk.serve` at start, used by `web.tokens`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any, Literal, assert_never

import jwt
from msgspec import Struct

Algorithm = Literal["HS256", "RS256"]

# A shorter secret can be guessed from one token (RFC 7518, 3.2).
MIN_SECRET_BYTES = 32
MIN_RSA_BITS = 2048
MAX_KEY_BYTES = 64 * 1024

# What stands in files of keys that are no secret, and how others begin. A public key that was taken
# for one would let whoever knows it, which is everybody, sign.
_PEM = b"-----BEGIN"
_KEY_MARKS = (_PEM, b"---- BEGIN", b"ssh-rsa ", b"ssh-ed25519 ", b"ecdsa-sha2-")
_KEY_BEGINNINGS = (b"ssh-", b"{", b"[", b"<")
# What editors write before a text.
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class KeyUnusable(ValueError):
    """The file holds no key of an issuer. The message is shown as it is."""


class Issuer(Struct, frozen=True):
    """`name` must be a token's `iss` and `audience` be in its `aud`; where one of them is empty, a
    token has none. `id` stands for the key where the key must not be."""

    algorithm: Algorithm
    key: Any
    id: str
    name: str = ""
    audience: str = ""

    def has_signed(self, signed: bytes, signature: bytes) -> bool:
        return jwt.get_algorithm_by_name(self.algorithm).verify(signed, self.key, signature)


def read_issuer(data: bytes, *, name: str = "", audience: str = "") -> Issuer:
    """The issuer whose key that file holds. Raises KeyUnusable."""
    if len(data) > MAX_KEY_BYTES:
        raise KeyUnusable(f"it is larger than {MAX_KEY_BYTES} bytes")
    key_id = "issuer " + hashlib.sha256(b"nightdesk issuer\n" + data).hexdigest()[:16]
    algorithm = _algorithm_of(data)
    match algorithm:
        case "RS256":
            key: Any = _rsa_public_key(data)
        case "HS256":
            key = _secret(data)
        case _:
            assert_never(algorithm)
    return Issuer(algorithm, key, key_id, name, audience)


def _algorithm_of(data: bytes) -> Algorithm:
    if _PEM in data:
        return "RS256"
    if _is_key_text(data) or _is_der_key(data) or _is_der_key(_from_base64(data)):
        raise KeyUnusable("it holds neither an RSA public key in PEM nor a secret")
    return "HS256"


def _is_key_text(data: bytes) -> bool:
    """Whether it is a key in one of the other ways to write it. In UTF-16 half of it is zeros."""
    text = data.replace(b"\0", b"")
    for mark in _BYTE_ORDER_MARKS:
        text = text.removeprefix(mark)
    return text.lstrip().startswith(_KEY_BEGINNINGS) or any(mark in text for mark in _KEY_MARKS)


def _from_base64(data: bytes) -> bytes:
    """What it stands for in either alphabet, as the inner part of a PEM is handed round; nothing
    where it is no base64."""
    text = b"".join(data.split()).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return b""


def _is_der_key(data: bytes) -> bool:
    """Whether it is a public key or certificate in its binary form, of whatever algorithm."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    from cryptography.x509 import load_der_x509_certificate

    for load in (load_der_public_key, load_der_x509_certificate):
        try:
            load(data)
        except UnsupportedAlgorithm:
            return True
        except ValueError:
            continue
        return True
    return False


def _rsa_public_key(data: bytes) -> Any:
    """Heavy to import, and only here: most servers have no such issuer."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(data.strip())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnusable("it is no RSA public key in PEM (BEGIN PUBLIC KEY)") from None
    if not isinstance(key, RSAPublicKey):
        raise KeyUnusable("its public key is not RSA: tokens are taken by RS256 or HS256 alone")
    if key.key_size < MIN_RSA_BITS:
        raise KeyUnusable(f"its RSA key has {key.key_size} bits, {MIN_RSA_BITS} are the least")
    return key


def _secret(data: bytes) -> bytes:
    """The line's end that an editor writes is no part of it."""
    secret = data.rstrip(b"\r\n")
    if len(secret) < MIN_SECRET_BYTES:
        raise KeyUnusable(f"its secret is shorter than {MIN_SECRET_BYTES} bytes")
    return secret

"""Reads who else may say who the server's users are. Called by `nightdesk.serve` at start."""

from __future__ import annotations

from pathlib import Path

from nightdesk.config import Config
from nightdesk.ranges import ConfigError
from web.issuer import MAX_KEY_BYTES, Issuer, KeyUnusable, read_issuer
from web.keyring import Keyring

_FILE = "--trusted-issuer-key-file"


def trusted_issuer(config: Config) -> Issuer | None:
    """None where there is none but the server. Raises ConfigError."""
    path = config.trusted_issuer_key_file
    if not path:
        if config.trusted_issuer or config.trusted_issuer_audience:
            raise ConfigError(f"--trusted-issuer and its audience need {_FILE}")
        return None
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_KEY_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{_FILE} {path}: {error.strerror}") from error
    try:
        return read_issuer(
            data, name=config.trusted_issuer, audience=config.trusted_issuer_audience
        )
    except KeyUnusable as error:
        raise ConfigError(f"{_FILE} {path}: {error}") from error


def check_is_another(issuer: Issuer | None, keyring: Keyring) -> None:
    """Whoever has the server's own secret makes operators too: an issuer is not given it. Raises
    ConfigError."""
    if issuer is not None and issuer.key in [key.secret for key in keyring.accepted()]:
        raise ConfigError(f"{_FILE}: this is the server's own secret, an issuer needs another")

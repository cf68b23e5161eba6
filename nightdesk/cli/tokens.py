"""The operator's commands for who may come in: `token` signs, `rotate-secret` changes what signs.

They work on the data folder, whether a server runs on it or not.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.terminal import clock, put, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.ranges import ConfigError

_DURATION = re.compile(r"([0-9]{1,12})([dhms]?)")
_UNIT_S = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "": 1}
_LONGEST_DAYS = 3660


class TokenCommands:
    """The commands, in one language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def token(
        self,
        user: Annotated[str, Parameter(name="USER")],
        /,
        *,
        data: Path = Path("data"),
        ttl: str = "30d",
        admin: Annotated[bool, Parameter(negative="")] = False,
    ) -> int:
        """Print a token for a user's own desk.

        Parameters
        ----------
        user
            The user's name, 1 to 200 printable characters.
        data
            The server's data folder: its secret signs the token.
        ttl
            How long the token opens the desk: 30d, 12h, 45m, 90s or a number of seconds.
        admin
            The token opens the operator's part of the API too (no other user's desk).
        """
        from state.users import MAX_USER_CHARS, is_user

        if not is_user(user):
            raise ConfigError(f"USER has 1 to {MAX_USER_CHARS} printable characters")
        life_s = seconds("--ttl", ttl, least_s=1)
        put(signed(self._words, data, user, life_s, admin=admin))
        return 0

    def rotate_secret(self, *, data: Path = Path("data"), window: str = "24h") -> int:
        """Sign with a new secret from now on.

        Parameters
        ----------
        data
            The server's data folder. A server that runs on it notices by itself.
        window
            How long tokens and cookies of the present secret are still taken: 24h, 7d, 90s; 0 ends
            all that were ever given out, at once.
        """
        from state.rotation import alone, rotate

        window_s = seconds("--window", window, least_s=0)
        self._check_owner(data)
        with _folder(self._words, data), alone(data):
            now = time.time()
            rotate(data, window_s, now)
        if window_s:
            until = clock(datetime.fromtimestamp(now + window_s).astimezone())
            tell(self._words("rotated", until=until))
        else:
            tell(self._words("revoked"))
        return 0

    def _check_owner(self, data: Path) -> None:
        """A secret that another account made (root, say) is one that the server cannot read."""
        from state.secret import NAME

        try:
            owner = (data / NAME).lstat().st_uid
        except OSError:
            return  # the rotation says why
        if owner != os.geteuid():
            raise UsageError(self._words("other_owner", path=data / NAME, owner=owner))


def signed(words: Words, data: Path, user: str, life_s: int, *, admin: bool = False) -> str:
    """A token of that user, by the secret of that data folder. Raises UsageError."""
    import jwt

    from state.secret import load_secret

    now = int(time.time())
    claims: dict[str, str | int] = {"sub": user, "iat": now, "exp": now + life_s}
    if admin:
        claims["admin"] = True
    with _folder(words, data):
        return jwt.encode(claims, load_secret(data), "HS256")


@contextmanager
def _folder(words: Words, data: Path) -> Iterator[None]:
    """What the folder or its secret refuses becomes one line."""
    from state.errors import RotationRefused, SecretUnusable

    if not data.is_dir():
        raise UsageError(words("no_data", path=data))
    try:
        yield
    except RotationRefused as error:
        raise UsageError(str(error)) from error
    except SecretUnusable as error:
        raise UsageError(words("bad_secret", reason=error)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(words("bad_data", path=data, reason=reason)) from error


def seconds(flag: str, text: str, *, least_s: int) -> int:
    """A duration as people write it. Raises ConfigError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ConfigError(f"{flag} {text!r} is no time: it is written 30d, 12h, 45m, 90s or 90")
    found_s = int(match[1]) * _UNIT_S[match[2]]
    if not least_s <= found_s <= _LONGEST_DAYS * 86_400:
        least = "" if least_s == 0 else f"at least {least_s} s and "
        raise ConfigError(f"{flag} {text!r} is out of range: {least}at most {_LONGEST_DAYS}d")
    return found_s

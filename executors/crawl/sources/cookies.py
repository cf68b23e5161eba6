"""The operator's own cookies for sources (--source-cookie-file), for jobs that ask for them.

Files are read when a job is made, so that a cookie that was renewed counts at once. What is in them
is a secret like any that a user hands over: it is never shown. Used by the front end, in threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from executors.headers import headers_reason

MAX_COOKIE_BYTES = 8 * 1024


class BadCookie(Exception):
    """A file with a cookie cannot be used; the message names the file and quotes nothing of it."""


class SourceCookies:
    """By the name of a source, or what names begin with before their first hyphen: `pixiv` has the
    cookie of `pixiv-tag` and `pixiv-user`."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = dict(files)

    def read(self, source: str) -> str:
        """Empty where there is none. Raises BadCookie."""
        path = self._files.get(source) or self._files.get(source.partition("-")[0])
        return "" if path is None else _read(path)

    def check(self) -> None:
        """Raises BadCookie for the first that cannot be used."""
        for path in self._files.values():
            _read(path)


def goes_safely(source: Mapping[str, Any]) -> bool:
    """Whether whoever stands between a job and this source, as a job stores it, reads no cookie."""
    steps = source["recipe"]
    parts = [part for part in steps.values() if isinstance(part, dict)]
    parts += [part["details"] for part in parts if isinstance(part.get("details"), dict)]
    asked = [part["url"] for part in parts if part.get("cookie") and "url" in part]
    pictures = [part for part in parts if part.get("cookie") and "url" not in part]
    return not pictures and all(url.startswith("https://") for url in asked)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_COOKIE_BYTES + 1)
        cookie = data.decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise BadCookie(f"{path}: {reason or 'cannot be read'}") from None
    if len(data) > MAX_COOKIE_BYTES:
        raise BadCookie(f"{path}: has more than {MAX_COOKIE_BYTES} bytes")
    if not cookie or headers_reason({"cookie": cookie}) is not None:
        raise BadCookie(f"{path}: must hold one line, as `Cookie:` has it behind the colon")
    return cookie

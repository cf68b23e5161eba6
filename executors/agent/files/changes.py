"""From the bytes of a file before and after to the `Change` that the transcript keeps. Pure."""

from __future__ import annotations

import base64
import binascii

from executors.agent.files.diff import unified
from executors.agent.ports import Change

MAX_DIFF_CHARS = 64 * 1024


def change_of(path: str, before: bytes | None, after: bytes | None) -> Change:
    """None: there was, or is, no such file."""
    old, new = text_of(before), text_of(after)
    is_text = (before is None or old is not None) and (after is None or new is not None)
    diff = unified(path, old, new, MAX_DIFF_CHARS) if is_text else ""
    if after is None:
        return Change(path=path, diff=diff)
    if new is None:
        return Change(path=path, base64=base64.b64encode(after).decode(), diff=diff)
    return Change(path=path, text=new, diff=diff)


def text_of(data: bytes | None) -> str | None:
    """None for what is no text."""
    if data is None or b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def bytes_of(change: Change) -> bytes | None:
    """Of the file after the change; None where it is gone. Raises ValueError."""
    if change.text is not None and change.base64 is not None:
        raise ValueError(f"the change of {change.path!r} has both text and base64")
    if change.text is not None:
        return change.text.encode()
    if change.base64 is None:
        return None
    try:
        return base64.b64decode(change.base64, validate=True)
    except binascii.Error as error:
        raise ValueError(f"the change of {change.path!r} is no base64: {error}") from error

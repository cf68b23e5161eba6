"""What no answer and no line of the log may be, whatever was sent. Used by `runner`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from web.dialects.batchgo.refusals import NUMBER_BASE
from web.errors import CODES

# Lines at warning and above that an input may bring about, each with the reason.
EXPECTED_LINES: dict[str, str] = {}
_QUIET = ("debug", "info")
_BATCHGO = {"success", "code", "error", "message", "details", "required", "balance"}
# The contract of the documents API has words and statuses of its own for some.
_DOCUMENTS = {
    "VALIDATION_ERROR": 400,
    "TASK_NOT_FOUND": 404,
    "PREVIEW_NOT_FOUND": 404,
    "CONFLICT": 409,
}
# Nothing of a task is there yet (500), or not that document (404).
_DOWNLOAD_FAILED = b'"code":"DOWNLOAD_FAILED"'
_MANAGER = {"status", "message", "error", "details"}
_SECURED = ("content-security-policy", "x-content-type-options", "referrer-policy")


def answer_problem(
    status: int, headers: list[tuple[str, str]], body: bytes, method: str
) -> str | None:
    """What is wrong with an answer to whatever request, or None."""
    if status in (404, 500) and _DOWNLOAD_FAILED in body:
        return None
    if status == 500:
        return f"status 500: {body[:300]!r}"
    names = dict(headers)
    if missing := [name for name in _SECURED if name not in names]:
        return f"an answer with status {status} has no {', '.join(missing)}"
    if status < 400 or method == "HEAD":
        return None
    try:
        known = _status(json.loads(body)) == status
    except (ValueError, KeyError, TypeError):
        known = False
    return None if known else f"an error with status {status} in another shape: {body[:300]!r}"


def _status(said: Any) -> int:
    """That which belongs to an error in the shape of the house, or of one of the dialects."""
    names = set(said)
    if names == {"error"} and set(said["error"]) == {"code", "message", "details"}:
        return CODES[said["error"]["code"]][0]
    if names == _MANAGER and said["status"] == {**said["status"], "message": said["message"]}:
        status = CODES[said["error"]][0]
        return status if said["status"]["code"] == status else 0
    if said["success"] is not False:
        raise ValueError("an error that says it is a success")
    if names <= {"success", "message", "error_code", "errors"}:
        return CODES[said["error_code"]][0]
    if names == {"success", "error"} and isinstance(said["error"], dict):
        code = said["error"]["code"]
        return _DOCUMENTS[code] if code in _DOCUMENTS else CODES[code.lower()][0]
    if names == _BATCHGO and isinstance(said["error"], str):
        return int(said["code"]) - NUMBER_BASE
    raise ValueError(f"an error of these names: {sorted(names)}")


class Log:
    """The server's log, read on from where it was read last."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_bytes = 0  # written by `problems`

    def problems(self) -> list[str]:
        """The lines since the last call that should not be there."""
        with self._file.open("rb") as log:
            log.seek(self._read_bytes)
            data = log.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        return list(_problems(whole.decode("utf-8", "replace").splitlines()))

    def holds(self, secrets: tuple[str, ...]) -> list[str]:
        """Of these secrets, the ones that stand in it."""
        text = self._file.read_text("utf-8", "replace")
        return [secret for secret in secrets if secret in text]


def _problems(lines: list[str]) -> Iterator[str]:
    for line in lines:
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            yield f"the log has a line that is none of its own: {line[:300]}"
            continue
        if entry["level"] not in _QUIET and entry["event"] not in EXPECTED_LINES:
            yield f"the log says: {line[:3_000]}"

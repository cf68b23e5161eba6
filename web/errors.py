"""The one table from errors to HTTP, and the one shape that every error has on the wire.

`{"error": {"code", "message", "details"}}`. Handlers raise; `web.app` registers `answer_error`
with Quart, `web.door` calls `error_body` for what it refuses before Quart is reached. On the paths
of other systems an error is told in their shape (`web.dialects.shapes`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import orjson
from msgspec import Struct
from quart import Response
from werkzeug.exceptions import HTTPException

from actors.errors import ActorError, StorageUnavailable
from state.errors import (
    DeskMissing,
    DeskUnreadable,
    JobFilesMissing,
    KeptMissing,
    StateError,
)
from web.strict_json import InvalidJson

JSON_TYPE = "application/json"

# code -> (status, seconds of Retry-After or None). Everything the wire may say is here, and a test
# compares it with docs/native-api.md.
CODES: dict[str, tuple[int, int | None]] = {
    "invalid_json": (400, None),
    "invalid_request": (400, None),
    "invalid_spec": (400, None),
    "unauthorized": (401, None),
    "insufficient_tokens": (402, None),
    "forbidden_origin": (403, None),
    "plan_exceeded": (403, None),
    "not_found": (404, None),
    "template_not_found": (404, None),
    "data_source_not_found": (404, None),
    "picture_not_found": (404, None),
    "preset_not_found": (404, None),
    "character_not_found": (404, None),
    "model_not_found": (404, None),
    "method_not_allowed": (405, None),
    "request_timeout": (408, None),
    "invalid_status": (409, None),
    "limit_reached": (409, None),
    "no_link": (409, None),
    "lane_busy": (409, None),
    "webui_refused": (409, None),
    "journeys_changed": (409, None),
    "template_changed": (409, None),
    "entry_changed": (409, None),
    "idempotency_conflict": (409, None),
    "job_deleted": (410, None),
    "files_damaged": (410, None),
    "body_too_large": (413, None),
    "unsupported_media_type": (415, None),
    "range_not_satisfiable": (416, None),
    "wrong_host": (421, None),
    "mailbox_full": (429, 1),
    "too_many_sockets": (429, 5),
    "too_many_requests": (429, 10),
    "too_many_connections": (429, 5),
    "head_too_large": (431, None),
    "internal": (500, None),
    "overloaded": (503, 2),
    "desk_unavailable": (503, 5),
    "storage_unavailable": (503, 5),
    "storage_full": (507, None),
}

_BY_STATUS = {
    400: "invalid_request",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "body_too_large",
    415: "unsupported_media_type",
}

NOT_FOUND_MESSAGE = "there is nothing here for you"


class WebError(Exception):
    """What the front end itself refuses. `details` is JSON-ready and safe to show."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.details = details
        self.retry_after_s: int | None = None

    def retry_after(self, seconds: int) -> WebError:
        """Itself, with the time to wait that is true of this refusal; called before it is raised.
        Else the code's own is said."""
        self.retry_after_s = seconds
        return self


class Told(Struct, frozen=True):
    """An error in the shape that whoever asked understands."""

    status: int
    body: bytes


class Answer(Struct, frozen=True):
    """An error on its way out."""

    code: str
    message: str
    details: dict[str, Any]
    # Where it is known better than by the code.
    wait_s: int | None = None

    @property
    def status(self) -> int:
        return CODES[self.code][0]

    @property
    def retry_after_s(self) -> int | None:
        return CODES[self.code][1] if self.wait_s is None else self.wait_s

    def told(self) -> Told:
        return Told(self.status, error_body(self.code, self.message, self.details))


def error_body(code: str, message: str, details: dict[str, Any] | None = None) -> bytes:
    return orjson.dumps({"error": {"code": code, "message": message, "details": details or {}}})


def not_found() -> WebError:
    """One message for "no such" and "not yours", so that the two cannot be told apart."""
    return WebError("not_found", NOT_FOUND_MESSAGE)


def answer_of(error: WebError) -> Answer:
    return Answer(error.code, str(error), error.details, error.retry_after_s)


def translate(error: BaseException) -> Answer | None:
    """What to answer to an error that was raised on purpose; None for any other."""
    match error:
        case WebError():
            return answer_of(error)
        case ActorError():
            return _actor_answer(error)
        case InvalidJson():
            details = {"reason": error.reason, "where": error.where}
            if error.field:
                details["field"] = error.field
            return Answer("invalid_json", f"the body is not valid JSON: {error}", details)
        case KeptMissing():
            return Answer("files_damaged", str(error), {})
        case JobFilesMissing():
            # The job is there, or we would not have looked: its user is told what is not.
            return Answer("files_damaged", f"the files of this job are damaged: {error}", {})
        case DeskMissing():
            return Answer("not_found", NOT_FOUND_MESSAGE, {})
        case DeskUnreadable():
            return Answer("desk_unavailable", "the desk's file cannot be read", {})
        case StateError():
            return Answer("storage_unavailable", "the server's storage does not answer", {})
        case HTTPException():
            return _http_answer(error)
        case _:
            return None


def _actor_answer(error: ActorError) -> Answer:
    if error.code == "not_found":
        return Answer("not_found", NOT_FOUND_MESSAGE, {})
    if isinstance(error, StorageUnavailable) and error.details.get("full"):
        return Answer("storage_full", str(error), {})
    return Answer(error.code, str(error), error.details)


def _http_answer(error: HTTPException) -> Answer | None:
    """Quart's own refusals. 5xx are bugs of ours and are answered as such."""
    if error.code is None or error.code >= 500:
        return None
    code = _BY_STATUS.get(error.code, "invalid_request")
    message = NOT_FOUND_MESSAGE if code == "not_found" else error.description or code
    details: dict[str, Any] = {}
    if code == "method_not_allowed":
        details = {"allow": sorted(getattr(error, "valid_methods", None) or ())}
    return Answer(code, message, details)


Tell = Callable[[BaseException, Answer], Told]


def answer_error(error: Exception, log: Any, route: str, tell: Tell) -> Response:
    """The response for whatever a handler raised; a bug is logged here, once, under an id. `tell`
    gives it its shape."""
    answer = translate(error)
    if answer is None:
        answer = _bug(error, log, route)
    told = tell(error, answer)
    response = Response(told.body, told.status, content_type=JSON_TYPE)
    if answer.retry_after_s is not None:
        response.headers["Retry-After"] = str(answer.retry_after_s)
    if answer.code == "method_not_allowed":
        response.headers["Allow"] = ", ".join(answer.details["allow"])
    if answer.code == "unauthorized":
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _bug(error: Exception, log: Any, route: str) -> Answer:
    cause = getattr(error, "original_exception", None) or error
    error_id = uuid.uuid4().hex[:12]
    log.error("request failed", error_id=error_id, route=route, exc_info=cause)
    message = f"the server failed; its log has this as {error_id}"
    return Answer("internal", message, {"id": error_id})

"""The API's description (OpenAPI 3.1), made from the routes and the wire's types, once at start."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, assert_never

import msgspec

from web.access import Access, Shared
from web.auth import COOKIE
from web.errors import CODES
from web.openapi_groups import GROUPS, group_of
from web.routes import IF_NONE_MATCH, Route
from web.schemas import ErrorAnswer

_REF = "#/components/schemas/{name}"
_PATH_PARAMETER = re.compile(r"<(?:path:)?(\w+)>")
# What any route may answer, besides its own errors: the connection, the door, and the desk.
_COMMON = (
    "invalid_request",
    "unauthorized",
    "not_found",
    "wrong_host",
    "too_many_connections",
    "head_too_large",
    "internal",
    "overloaded",
    "desk_unavailable",
)
# And any that takes a body or changes something.
_CHANGING = (
    "invalid_json",
    "forbidden_origin",
    "request_timeout",
    "body_too_large",
    "unsupported_media_type",
    "too_many_requests",
)

_DESK_DESCRIPTION = (
    "A guest desk's UUID, `local` (where it is on) or `me` (the desk of the token, "
    "the X-Session-ID or the cookie)."
)


def describe(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The document. Routes that are not of the API are left out."""
    described = [route for route in routes if route.in_api]
    types = {route.answer for route in described if isinstance(route.answer, type)}
    types |= {route.body for route in described if route.body is not None} | {ErrorAnswer}
    types |= {route.refusal.body for route in described if route.refusal is not None}
    ordered = sorted(types, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        path = _PATH_PARAMETER.sub(r"{\1}", route.rule)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nightdesk", "version": version},
        "tags": [{"name": name, "description": said} for name, said in GROUPS.items()],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }


_SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "`nightdesk token USER`: the user's own desk.",
    },
    "admin": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "`nightdesk token USER --admin`: the operator's routes.",
    },
    "session": {"type": "apiKey", "in": "header", "name": "X-Session-ID"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}


def _security(access: Access) -> list[dict[str, list[str]]]:
    """What has to be shown: any one of these, `{}` for nothing but the path."""
    match access:
        case Access.PUBLIC | Access.CREATE_DESK | Access.LINK | Access.SHARE:
            return []
        case Access.DESK | Access.SESSION:
            return [{}, {"token": []}, {"session": []}, {"cookie": []}]
        case Access.OPERATOR:
            return [{"admin": []}]
        case _:
            assert_never(access)


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [group_of(route.rule)],
        "security": _security(route.access),
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.shared is not Shared.NO:
        operation["x-shared"] = route.shared.value
    if route.body is not None or route.form:
        operation["requestBody"] = {"required": True, "content": _body(route)}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "description": _DESK_DESCRIPTION if name == "desk" else "",
        }
        for name in _PATH_PARAMETER.findall(route.rule)
    ]
    others = [
        {
            "name": parameter.name,
            "in": parameter.where,
            "schema": parameter.schema,
            "description": parameter.description,
        }
        for parameter in route.parameters
    ]
    return in_path + others


def _body(route: Route) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if route.body is not None:
        content["application/json"] = {"schema": _ref(route.body)}
    if route.form:
        form = {
            "type": "object",
            "required": [part.name for part in route.form if part.required],
            "properties": {
                part.name: {"description": part.description, "type": "string"}
                for part in route.form
            },
        }
        content["multipart/form-data"] = {"schema": form}
    return content


def _responses(route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if route.websocket:
        responses["101"] = {"description": "Frames as docs/native-api.md tells them."}
    elif isinstance(route.answer, str):
        responses[str(route.status)] = {"description": route.summary, "content": {route.answer: {}}}
    elif route.answer is not None or not route.empty:
        schema = {"application/json": {"schema": _answer(route)}}
        responses[str(route.status)] = {"description": route.summary, "content": schema}
    if route.empty:
        responses["204"] = {"description": route.empty}
    if IF_NONE_MATCH in route.parameters:
        responses["304"] = {"description": "What is known still holds."}
    by_status: dict[int, list[str]] = {}
    others = _COMMON if route.method == "GET" else (*_COMMON, *_CHANGING)
    spoken = route.refusal.spoken if route.refusal else frozenset()
    for code in dict.fromkeys((*route.errors, *others)):
        if code not in spoken:
            by_status.setdefault(CODES[code][0], []).append(code)
    shape = route.refusal.body if route.refusal else ErrorAnswer
    error = {"application/json": {"schema": _ref(shape)}}
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = {"description": ", ".join(codes), "content": error}
    return responses


def _answer(route: Route) -> dict[str, Any]:
    """A route of a dialect may say no with the status of a yes."""
    answer = _ref(route.answer) if isinstance(route.answer, type) else {}
    if route.refusal is None:
        return answer
    return {"anyOf": [answer, _ref(route.refusal.body)]}


def _ref(kind: type | None) -> dict[str, str]:
    return {"$ref": _REF.format(name=kind.__name__)} if kind is not None else {}

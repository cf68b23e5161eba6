"""A desk's lists of domains: what its jobs may reach, and may not. See docs/native-api.md."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import Any

from quart import Response, request

from actors.settings import SetEgress
from executors.domains import normalize_domain
from state.model import EgressLists
from web import schemas
from web.access import Access
from web.deps import WebDeps
from web.desk_api import DESK
from web.http import body, client_network, invalid, json_answer, require_json_type, still_holds
from web.routes import IF_NONE_MATCH, Route
from web.strict_json import loads
from web.threads import LARGE_BODY_BYTES, Threads
from web.validate import MAX_NAME_SHOWN_CHARS, MAX_UNKNOWN_LISTED
from web.visit import Visit

_FIELDS = ("allow", "deny")
_MAX_ERRORS_LISTED = 100
# Reading a name may take a tenth of a millisecond: more of them are read off the loop.
_MANY_NAMES = 50


class EgressApi:
    """Handlers of the lists. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._threads = threads

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=f"{DESK}/egress",
                name="get_egress",
                access=Access.DESK,
                handler=self.lists,
                summary="Which domains the desk's jobs may reach, and may not",
                answer=schemas.EgressAnswer,
                parameters=(IF_NONE_MATCH,),
            ),
            Route(
                method="PUT",
                rule=f"{DESK}/egress",
                name="set_egress",
                access=Access.DESK,
                handler=self.set_lists,
                summary="Replace both lists; running jobs keep to them from their next request on",
                body=schemas.EgressBody,
                answer=schemas.EgressAnswer,
                errors=(
                    "invalid_json",
                    "invalid_request",
                    "body_too_large",
                    "unsupported_media_type",
                    "mailbox_full",
                    "storage_full",
                ),
            ),
        ]

    async def lists(self, visit: Visit) -> Response:
        published = visit.desk.published
        etag = f'"{published.revision}"'
        if still_holds(request.headers.get("If-None-Match"), etag):
            return Response(b"", 304, {"ETag": etag})
        response = json_answer(_answer(published.egress, published.revision))
        response.headers["ETag"] = etag
        return response

    async def set_lists(self, visit: Visit) -> Response:
        require_json_type()
        data = await body()
        parse = partial(loads, data, max_depth=self._settings.max_json_depth)
        value = await self._threads.run(
            parse, large=len(data) > LARGE_BODY_BYTES, whose=client_network()
        )
        names = _names_of(value, self._settings.max_egress_names)
        many = sum(map(len, names.values())) > _MANY_NAMES
        egress = await self._threads.run(
            partial(_lists_of, names), large=many, whose=client_network()
        )
        reply = await visit.ask(SetEgress(egress))
        return json_answer(_answer(egress, reply.revision))


def _answer(egress: EgressLists, revision: int) -> schemas.EgressAnswer:
    return schemas.EgressAnswer(list(egress.allow), list(egress.deny), revision, durable=True)


def _names_of(value: Any, most: int) -> dict[str, list[Any]]:
    """The document's two lists. Raises WebError for a document of another shape."""
    if not isinstance(value, dict):
        raise invalid([_error(None, "body", "must be an object with allow and deny")])
    unknown = islice((name for name in value if name not in _FIELDS), MAX_UNKNOWN_LISTED)
    errors = [_error(None, name[:MAX_NAME_SHOWN_CHARS], "is not a field of it") for name in unknown]
    for field in _FIELDS:
        names = value.get(field)
        if not isinstance(names, list):
            errors.append(_error(None, field, "must be a list of names"))
        elif len(names) > most:
            errors.append(_error(None, field, f"must not hold more than {most} names"))
    if errors:
        raise invalid(errors[:_MAX_ERRORS_LISTED])
    return {field: value[field] for field in _FIELDS}


def _lists_of(names: dict[str, list[Any]]) -> EgressLists:
    """Each name once and in its one spelling. Raises WebError that names every wrong one."""
    errors: list[dict[str, Any]] = []
    read: dict[str, dict[str, None]] = {field: {} for field in names}
    for field, texts in names.items():
        for index, text in enumerate(texts):
            try:
                read[field][_name(text)] = None
            except ValueError as error:
                errors.append(_error(index, field, str(error)))
    if errors:
        raise invalid(errors[:_MAX_ERRORS_LISTED])
    return EgressLists(allow=tuple(read["allow"]), deny=tuple(read["deny"]))


def _name(text: Any) -> str:
    if not isinstance(text, str):
        raise ValueError("must be text")  # noqa: TRY004  one way for whatever is wrong with a name
    return normalize_domain(text)


def _error(index: int | None, field: str, reason: str) -> dict[str, Any]:
    return {"index": index, "field": field, "reason": reason}

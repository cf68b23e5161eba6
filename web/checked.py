"""A JSON body as the type that its route declares; large ones are parsed beside the loop."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

from msgspec import Struct

from web.deps import WebSettings
from web.http import body, client_network, invalid, require_json_type
from web.strict_json import loads
from web.threads import LARGE_BODY_BYTES, Threads
from web.validate import check_fields

B = TypeVar("B", bound=Struct)


async def checked_body(
    model: type[B], settings: WebSettings, threads: Threads, data: bytes | None = None
) -> B:
    """The body of the request, or `data` instead of it. Raises WebError with all that is wrong with
    it, InvalidJson."""
    require_json_type()
    if data is None:
        data = await body()
    depth, members = settings.max_json_depth, settings.max_json_members
    parse = partial(loads, data, max_depth=depth, max_members=members)
    value: Any = await threads.run(
        parse, large=len(data) > LARGE_BODY_BYTES, whose=client_network()
    )
    fields, errors = check_fields(model, value)
    if errors:
        raise invalid(errors)
    return model(**fields)

"""What operators and their tools ask: health, readiness, metrics, the API's description."""

from __future__ import annotations

import re
from functools import cached_property
from html import escape
from typing import Any

import orjson
from quart import Response

from web import schemas
from web.access import Access
from web.deps import WebDeps
from web.errors import JSON_TYPE
from web.http import json_answer
from web.metrics import Metrics
from web.openapi import describe
from web.routes import Route

_STYLE = """:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { font-family: ui-monospace, monospace }
dt { margin-top: 1rem } dd { margin-left: 2rem }
"""


class OperatorApi:
    """Handlers that belong to no desk."""

    def __init__(self, deps: WebDeps, metrics: Metrics) -> None:
        self._readiness = deps.readiness
        self._stopping = deps.stopping
        self._version = deps.version
        self._metrics = metrics

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Any, str, Any]] = [
            ("/healthz", "get_health", self.health, "The process answers", schemas.Health),
            ("/readyz", "get_ready", self.ready, "Work can be handed over", schemas.Ready),
            ("/metrics", "get_metrics", self.metrics, "For Prometheus", "text/plain"),
        ]
        return [
            Route(
                method="GET",
                rule=rule,
                name=name,
                access=Access.PUBLIC,
                handler=handler,
                summary=summary,
                answer=answer,
            )
            for rule, name, handler, summary, answer in table
        ]

    async def health(self) -> Response:
        return json_answer(schemas.Health("ok", self._version))

    async def ready(self) -> Response:
        found = self._readiness()
        stopping = self._stopping.is_set()
        ready = found.ready and not stopping
        reasons = [*found.reasons, *(["the server is stopping"] if stopping else [])]
        status = "not ready" if not ready else "degraded" if found.degraded else "ready"
        answer = schemas.Ready(status, found.desks_parked, found.storage, reasons)
        return json_answer(answer, 200 if ready else 503)

    async def metrics(self) -> Response:
        content_type = "text/plain; version=0.0.4; charset=utf-8"
        return Response(self._metrics.text(), content_type=content_type)


class Description:
    """`/openapi.json` and `/docs`, made once from all routes, when first asked for: a third of the
    time that an application takes to be made would else go into what few ever read."""

    def __init__(self, routes: list[Route], version: str) -> None:
        self._described = [*routes, *self.routes()]
        self._version = version

    @cached_property
    def _made(self) -> tuple[bytes, str]:
        document = describe(self._described, self._version)
        return orjson.dumps(document), _page(document)

    def routes(self) -> list[Route]:
        table = [
            ("/openapi.json", "get_openapi", self.openapi, "This description", JSON_TYPE),
            ("/docs", "get_docs", self.docs, "This description, to read", "text/html"),
            ("/docs/style.css", "get_docs_style", self.style, "How it looks", "text/css"),
        ]
        return [
            Route(
                method="GET",
                rule=rule,
                name=name,
                access=Access.PUBLIC,
                handler=handler,
                summary=summary,
                answer=answer,
            )
            for rule, name, handler, summary, answer in table
        ]

    async def openapi(self) -> Response:
        return Response(self._made[0], content_type=JSON_TYPE)

    async def docs(self) -> Response:
        return Response(self._made[1], content_type="text/html; charset=utf-8")

    async def style(self) -> Response:
        return Response(_STYLE, content_type="text/css; charset=utf-8")


_CODE = re.compile("`([^`]+)`")


def _page(document: dict[str, Any]) -> str:
    """A plain page: no script, nothing from elsewhere."""
    entries = [
        f"<dt><code>{method.upper()} {escape(path)}</code></dt>"
        f"<dd>{_text(operation['summary'])}<br>{_details(operation)}</dd>"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    version = escape(document["info"]["version"])
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Nightdesk API</title>'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="/docs/style.css">'
        f"<h1>Nightdesk {version}: the API</h1>"
        '<p>For tools: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>'
        f"<dl>{''.join(entries)}</dl></html>"
    )


def _text(marked: str) -> str:
    """A description's text; what it has between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(marked))


def _details(operation: dict[str, Any]) -> str:
    parameters = [
        f"<code>{escape(parameter['name'])}</code>"
        for parameter in operation["parameters"]
        if parameter["in"] != "path"
    ]
    answers = [
        f"{status} {_text(answer['description'])}"
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    ]
    asks = f"Parameters: {', '.join(parameters)}. " if parameters else ""
    return f"{asks}<small>{'; '.join(answers)}</small>"

"""Requests that schemathesis makes of our own description, right ones and wrong ones, and whether
their answers are what it describes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import requests
import schemathesis
from msgspec import Struct
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup

from state.views import desk_key
from torture.fuzz.inputs import Input, Maker, Sent
from torture.fuzz.stage import CHARACTER, PICTURE, PRESET, SAVED, SOURCE, TEMPLATE, Stage
from web.dialects.shapes import sends_cookies

_MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# A part of schemathesis's responses, and not looked at.
_ASKED = requests.Request("GET", "http://server/").prepare()
# Of all requests, so many are about something that exists.
_KNOWN = 0.85


class Operation(Struct, frozen=True):
    """One operation in one mode, and the maker of its cases."""

    described: Any
    statuses: frozenset[int]
    maker: Maker


class Description:
    """The operations of `/openapi.json`. Made once for a run."""

    def __init__(self, document: dict[str, Any]) -> None:
        schema = schemathesis.openapi.from_dict(document)
        self._operations = [
            Operation(one, _statuses(document, one), Maker(one.as_strategy(mode)))
            for one in map(_unwrapped, schema.get_all_operations())
            for mode in _MODES
            if mode is GenerationMode.POSITIVE or _has_wrong(one)
        ]

    def make(self, label: str, stage: Stage) -> Input:
        """The request of this label, about things that the stage has."""
        chance = random.Random(f"{label}:described")
        operation, case = self._case(label, chance)
        _name_known(case, chance, stage)
        asked = requests.Request(**case.as_transport_kwargs(f"http://{stage.host}")).prepare()
        headers = {**asked.headers, **_who(chance, stage, asked.path_url)}
        headers = {name: value for name, value in headers.items() if _is_ours(name)}
        data = _wire(str(asked.method), asked.path_url, stage.host, headers, asked.body)
        return Input(
            "described",
            Sent.REQUEST,
            (data,),
            method=str(asked.method),
            check=partial(_check, operation),
        )

    def _case(self, label: str, chance: random.Random) -> tuple[Operation, Any]:
        """Of the first operation that has one: a few wrong cases are hard to find."""
        for operation in chance.sample(self._operations, len(self._operations)):
            with suppress(LookupError):
                return operation, operation.maker.make(label)
        raise LookupError(f"no operation has a case {label}")


def _statuses(document: dict[str, Any], operation: Any) -> frozenset[int]:
    found = document["paths"][operation.path][operation.method]["responses"]
    return frozenset(int(status) for status in found)


def _unwrapped(result: Any) -> Any:
    """The operation; raises what is wrong with its description."""
    return result.ok()


def _has_wrong(operation: Any) -> bool:
    """Where nothing but a name in the path is taken, no schema can be broken."""
    return any((operation.headers, operation.query, operation.body))


def _name_known(case: Any, chance: random.Random, stage: Stage) -> None:
    """Put names that exist in the place of most that were made up."""
    rotates = case.path.endswith("rotate-link")
    known: dict[str, Sequence[str]] = {
        "desk": stage.victims if rotates else (*stage.desks, "me", "local"),
        "job": stage.jobs,
        "task": stage.jobs,
        "webhook": stage.jobs,
        "template": (TEMPLATE,),
        "source": (SOURCE,),
        "picture": (PICTURE,),
        "preset": (PRESET,),
        "config": (PRESET,),
        "character": (CHARACTER,),
        "document": ("1", "letter-1.txt"),
        "key": [desk_key(desk) for desk in (stage.victims if rotates else stage.desks)],
        "name": ("0.html", "1.html"),
        "item": ("0", "1"),
    }
    for name in case.path_parameters or {}:
        # Of what a stage has none (a webhook), every name is made up.
        if name in known and chance.random() < _KNOWN:
            case.path_parameters[name] = chance.choice(known[name])


def _who(chance: random.Random, stage: Stage, path: str) -> dict[str, str]:
    """A proof, where one is needed, and sometimes where none is."""
    if path.startswith("/api/operator"):
        return {"Authorization": f"Bearer {chance.choice(stage.tokens)}"}
    if ("/me" in path or sends_cookies(path)) and chance.random() < _KNOWN:
        if chance.random() < 0.5:
            return {"X-Session-ID": stage.desks[0]}
        return {"Authorization": f"Bearer {stage.tokens[0]}"}
    return {}


def _is_ours(name: str) -> bool:
    """What would end the framing, or is schemathesis's own, is a matter of other sources."""
    return name.lower() not in (
        "host", "connection", "transfer-encoding", "upgrade", "expect", "content-length",
        "x-schemathesis-testcaseid",
    )  # fmt: skip


def _wire(method: str, target: str, host: str, headers: dict[str, Any], body: Any) -> bytes:
    data = body.encode() if isinstance(body, str) else body or b""
    lines = [f"{method} {target} HTTP/1.1".encode("latin-1"), f"Host: {host}".encode()]
    for name, value in headers.items():
        text = value if isinstance(value, bytes) else str(value).encode("latin-1", "replace")
        lines.append(name.encode("latin-1") + b": " + text)
    if data or method not in ("GET", "HEAD"):
        lines.append(b"Content-Length: %d" % len(data))
    return b"\r\n".join(lines) + b"\r\n\r\n" + data


def _check(
    operation: Operation, status: int, headers: list[tuple[str, str]], body: bytes
) -> str | None:
    """What is not as described, or None."""
    label = operation.described.label
    if status not in operation.statuses:
        return f"{label} answered {status}, which is not described: {body[:300]!r}"
    if SAVED.encode() in body:
        return f"{label} answered a header that was handed in as a secret"
    answer = schemathesis.Response(
        status_code=status,
        headers={name: [value] for name, value in headers},
        content=body,
        request=_ASKED,
        elapsed=0.0,
        verify=False,
    )
    try:
        operation.described.validate_response(answer)
    except (FailureGroup, Failure) as error:
        return f"{label} answered {status} and not as described: {error!r} {body[:300]!r}"
    return None

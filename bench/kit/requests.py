"""Requests as text, for the load clients."""

from __future__ import annotations

import json
from typing import Any


def text(method: str, path: str, netloc: str, body: Any = None, **headers: str) -> str:
    """One HTTP/1.1 request; `body` is sent as JSON, `_` in header names is a dash."""
    payload = "" if body is None else json.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {netloc}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append("Content-Type: application/json")
    if method != "GET":
        lines.append(f"Content-Length: {len(payload)}")
    return "\r\n".join(lines) + "\r\n\r\n" + payload

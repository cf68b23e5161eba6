"""What an endpoint of models is called among the operator's servers, and how its address is read.
Pure.

Used by `nightdesk.endpoints`, by the command line and by `executors.agent.run`.
"""

from __future__ import annotations

from msgspec import Struct

from executors.urls import parse_url

_SERVICE = "agent:"


class Base(Struct, frozen=True):
    """`origin` as requests are addressed to it, `prefix` what stands before their paths."""

    origin: str
    prefix: str

    @property
    def url(self) -> str:
        return f"{self.origin}{self.prefix}"


def service_name(endpoint: str) -> str:
    """Under which its workers ask for it (`HttpClient.service`)."""
    return f"{_SERVICE}{endpoint}"


def base_of(text: str) -> Base:
    """`https://api.example.com/v1` and `.../v1/` alike. Raises ValueError with a reason, which
    quotes nothing."""
    try:
        url = parse_url(text.strip())
    except ValueError as error:
        raise ValueError(f"its address cannot be used: {error}") from None
    if "?" in url.target:
        raise ValueError("its address must have no query")
    prefix = url.target.rstrip("/").removesuffix("/chat/completions")
    return Base(url.origin, prefix.rstrip("/"))

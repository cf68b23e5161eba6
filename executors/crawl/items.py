"""The items of a crawl job: seeds as its user names them, and what is found from them.

Used by the spec (to read and to describe them) and by the runs (to make more).
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports import FoundItem
from actors.ports.forms import Schema
from executors.crawl.keys import key_of
from executors.described import Shaped, Text, Whole, address, text_or
from executors.problems import BadItem, Rule, field_problems, text_reason
from executors.urls import parse_url
from state.model import InputItem

MAX_VALIDATOR_CHARS = 1_000
MAX_QUERY_CHARS = 500
MAX_DEPTH = 100


class Page(Struct, frozen=True, omit_defaults=True, tag="page", tag_field="step", kw_only=True):
    """An address to be read for its links. `source` is the page that it was found on, in its
    user's words `from`. `asked`: robots.txt allows it. `hops` are the redirects that led here."""

    url: str
    depth: int = 0
    source: str = msgspec.field(name="from", default="")
    asked: bool = False
    hops: int = 0
    etag: str = ""
    last_modified: str = ""


class Image(Struct, frozen=True, omit_defaults=True, tag="image", tag_field="step", kw_only=True):
    """A picture to be kept. `work` is the one of a source that it belongs to, at `place` in it."""

    url: str
    depth: int = 1
    source: str = msgspec.field(name="from", default="")
    asked: bool = False
    hops: int = 0
    work: str = ""
    place: int = 0


class Sitemap(
    Struct, frozen=True, omit_defaults=True, tag="sitemap", tag_field="step", kw_only=True
):
    """A sitemap. `probe`: nobody has named it, and it need not be there. `home` is an address of
    the site that it is for, which need not be the one that it is on."""

    url: str
    depth: int = 0
    source: str = msgspec.field(name="from", default="")
    asked: bool = False
    hops: int = 0
    probe: bool = False
    home: str = ""


class Search(Struct, frozen=True, omit_defaults=True, tag="search", tag_field="step", kw_only=True):
    """One page of what a source finds. `works` and `images` are how many more the job may have; no
    `images` is no limit."""

    query: str
    page: int = 1
    works: int = 0
    images: int | None = None
    depth: int = 0


class Work(Struct, frozen=True, omit_defaults=True, tag="work", tag_field="step", kw_only=True):
    """A work of a source; of its images at most `images` are kept."""

    id: str
    title: str = ""
    images: int | None = None
    depth: int = 1


Step = Page | Image | Sitemap | Search | Work
Address = Page | Image | Sitemap


def home_of(step: Address) -> str:
    """An address of the site that the links of this item's answer are measured by."""
    return (step.home or step.url) if isinstance(step, Sitemap) else step.url


def read_step(payload: bytes | Raw) -> Step:
    """An item as it is stored."""
    step: Step = msgspec.json.decode(payload, type=Step)
    return step


def seed_schema(max_url_bytes: int) -> Schema:
    """An item, as a form has it."""
    url = address(max_url_bytes)
    return text_or(url, {**_RULES, "url": Shaped(lambda _: None, url)}, ("url",))


def asked_item(payload: Raw) -> Any:
    """What a user hands in for a stored item."""
    match read_step(payload):
        case Search(query=query):
            return query
        case Work(id=id):
            return id
        case Page(url=url, depth=0, etag="", last_modified=""):
            return url
        case Page() as page:
            said = {"depth": page.depth, "etag": page.etag, "last_modified": page.last_modified}
            return {"url": page.url, **{name: value for name, value in said.items() if value}}
        case _:
            return None


def found(step: Step, key: str, pace: str) -> FoundItem:
    """The item as it is added to a job."""
    return FoundItem(key, msgspec.to_builtins(step), pace)


def stored(step: Step, key: str, pace: str) -> InputItem:
    """The item as a plan has it."""
    return InputItem(Raw(msgspec.json.encode(step)), pace, key)


def describe_item(item: Raw) -> dict[str, Any]:
    """What is known of an item without doing it."""
    return facts(read_step(item))


def facts(step: Step) -> dict[str, Any]:
    """What every outcome of an item begins with."""
    match step:
        case Search():
            return {"step": "search", "query": step.query, "page": step.page, "depth": step.depth}
        case Work():
            return {"step": "work", "work": step.id, "title": step.title, "depth": step.depth}
        case Image():
            told: dict[str, Any] = {"work": step.work} if step.work else {}
            return {**_address(step, "image"), **told}
        case Sitemap():
            return _address(step, "sitemap")
        case Page():
            return _address(step, "page")


def _address(step: Address, name: str) -> dict[str, Any]:
    return {"step": name, "url": step.url, "depth": step.depth, "from": step.source or None}


class SeedReader:
    """Turns what the user sent into the first pages of a crawl."""

    def __init__(self, max_url_bytes: int) -> None:
        self._max_url_bytes = max_url_bytes

    def read(self, raw: Any) -> InputItem:
        """Raises BadItem."""
        fields = {"url": raw} if isinstance(raw, str) else raw
        if not isinstance(fields, dict):
            raise BadItem((None, "must be a URL or an object with a url"))
        problems = field_problems(fields, _RULES, "a seed")
        text = fields.get("url")
        if not isinstance(text, str):
            raise BadItem(("url", "must be text"), *problems)
        try:
            url = parse_url(text.strip())
            key = key_of(url.text)
        except ValueError as error:
            raise BadItem(("url", str(error)), *problems) from None
        if len(url.text) > self._max_url_bytes:
            problems.append(("url", f"is longer than {self._max_url_bytes} bytes"))
        if problems:
            raise BadItem(*problems)
        step = Page(
            url=url.text,
            depth=fields.get("depth") or 0,
            etag=fields.get("etag") or "",
            last_modified=fields.get("last_modified") or "",
        )
        return stored(step, key, url.origin)


def read_query(raw: Any, works: int, images: int | None, pace: str) -> InputItem:
    """A search of a source, its first page. Raises BadItem."""
    text = raw.get("query") if isinstance(raw, dict) and set(raw) == {"query"} else raw
    if (reason := text_reason(text, MAX_QUERY_CHARS)) is not None:
        raise BadItem(("query", reason))
    query = str(text).strip()
    return stored(Search(query=query, works=works, images=images), f"search:1:{query}", pace)


def is_validator(value: str) -> bool:
    """Whether what a site said of a page can be sent back to it."""
    return len(value) <= MAX_VALIDATOR_CHARS and value.isprintable() and value.isascii()


def _validator(value: Any) -> str | None:
    if (reason := text_reason(value, MAX_VALIDATOR_CHARS, empty=True)) is not None:
        return reason
    return None if is_validator(value) else "has characters that are not ASCII"


_RULES: dict[str, Rule] = {
    "url": lambda value: None,
    "depth": Whole(0, MAX_DEPTH),
    "etag": Shaped(_validator, Text(MAX_VALIDATOR_CHARS, empty=True).schema()),
    "last_modified": Shaped(_validator, Text(MAX_VALIDATOR_CHARS, empty=True).schema()),
}

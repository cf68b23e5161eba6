"""What is known of a template: the result of its inspection, as it is kept beside its bytes.

Written in the jail by `executors.documents.inspect`, read by the front end and by the plan of a
job. `encode` and `decode` are its JSON.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from executors.documents.formats import Format

FieldType = Literal["text", "number", "date", "boolean", "image", "list", "object"]


class Field(Struct, frozen=True, omit_defaults=True):
    """A value that the template asks of each row. `key` is the name of its column, `raw` the first
    placeholder as it is written, `where` the parts of the document that have it (body, header,
    footer, footnotes, properties). Not `required`: only a condition or a default asks for it."""

    key: str
    raw: str
    type: FieldType = "text"
    required: bool = True
    where: tuple[str, ...] = ("body",)


class Loop(Struct, frozen=True, omit_defaults=True):
    """A repeated part: the field with the list, and what it asks of each of its entries."""

    key: str
    fields: tuple[str, ...] = ()
    where: tuple[str, ...] = ("body",)


class TemplateFacts(Struct, frozen=True, omit_defaults=True):
    """`warnings` are sentences for the user: the template is taken in spite of them."""

    format: Format
    fields: tuple[Field, ...] = ()
    loops: tuple[Loop, ...] = ()
    warnings: tuple[str, ...] = ()


def encode(facts: TemplateFacts) -> bytes:
    return msgspec.json.encode(facts)


def decode(data: bytes) -> TemplateFacts:
    """Raises msgspec.MsgspecError for anything else."""
    return msgspec.json.decode(data, type=TemplateFacts)

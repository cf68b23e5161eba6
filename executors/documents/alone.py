"""One document in a process of its own: `make` is what a helper does (`actors.ports.Helpers`).

For workers that must not run a template themselves, because they are not jailed as its makers are.
Used by `executors.documents.run`.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from actors.ports import Helpers, HelperStopped
from executors.documents.engine import Engine, NotMade
from executors.documents.items import DocumentItem, StoredSpec
from executors.documents.pictures import Album

WORK = "executors.documents.alone:make"


class Ask(Struct, frozen=True):
    """What the helper is given: everything, since it keeps nothing."""

    spec: StoredSpec
    item: DocumentItem
    template: bytes
    # By digest.
    pictures: dict[str, bytes] = {}


class Answer(Struct, frozen=True):
    """The document, or why there is none."""

    data: bytes = b""
    error: str | None = None


def make(data: bytes) -> bytes:
    ask = msgspec.msgpack.decode(data, type=Ask)
    try:
        album = Album()
        for id, picture in ask.item.pictures.items():
            album.add(id, picture, ask.pictures[picture.digest])
        engine = Engine(ask.spec, ask.spec.templates[ask.item.template], ask.template, album)
        answer = Answer(engine.make(ask.item))
    except NotMade as error:
        answer = Answer(error=str(error))
    return msgspec.msgpack.encode(answer)


async def make_alone(ask: Ask, helpers: Helpers) -> bytes:
    """The document. Raises NotMade."""
    data = msgspec.msgpack.encode(ask)
    if len(data) > helpers.max_bytes:
        raise NotMade(f"row {ask.item.row + 1}: its template and its values are too large")
    try:
        answer = msgspec.msgpack.decode(await helpers.run(WORK, data), type=Answer)
    except HelperStopped as stopped:
        raise NotMade(f"row {ask.item.row + 1}: {stopped}") from None
    except msgspec.MsgspecError:
        raise NotMade(f"row {ask.item.row + 1}: its helper made no sense") from None
    if answer.error is not None:
        raise NotMade(answer.error)
    return answer.data

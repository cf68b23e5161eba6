"""A file of the library that goes while it is read: replaced it is read anew, else it is damage."""

from __future__ import annotations

import pytest

from actors.errors import TemplateNotFound
from state.errors import LibraryMissing
from web.documents.files import newest


class Shelf:
    """Versions that follow one another; only the file of the last is there."""

    def __init__(self, *versions):
        self.versions = list(versions)
        self.read = []

    def find(self):
        if not self.versions:
            raise TemplateNotFound("gone")
        return self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]

    async def contents(self, version):
        self.read.append(version)
        if version != "newest":
            raise LibraryMissing("gone")
        return b"bytes"


async def test_what_was_replaced_meanwhile_is_read_anew():
    shelf = Shelf("first", "second", "newest")
    assert await newest(shelf.find, shelf.contents) == ("newest", b"bytes")
    assert shelf.read == ["first", "second", "newest"]


async def test_what_nobody_replaced_is_damaged():
    shelf = Shelf("lost")
    with pytest.raises(LibraryMissing):
        await newest(shelf.find, shelf.contents)
    assert shelf.read == ["lost"]


async def test_what_was_deleted_meanwhile_is_not_there():
    shelf = Shelf("lost")

    async def deleted(version):
        shelf.versions.clear()
        raise LibraryMissing("gone")

    with pytest.raises(TemplateNotFound):
        await newest(shelf.find, deleted)

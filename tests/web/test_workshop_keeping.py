"""What is the same for presets and characters, whoever is faster."""

from __future__ import annotations

import pytest

from actors.errors import EntryChanged, PresetNotFound
from web.workshop.keeping import still_there, until_kept


def tries(*endings):
    """An attempt that ends as told, one time after the other; and how often it was made."""
    left = list(endings)

    async def attempt():
        ending = left.pop(0)
        if isinstance(ending, Exception):
            raise ending
        return ending

    return attempt, left


async def test_who_was_too_slow_tries_again():
    attempt, left = tries(EntryChanged("it was changed"), EntryChanged("again"), "kept")
    assert await until_kept(attempt, anew=True) == "kept"
    assert left == []


async def test_what_must_be_as_asked_for_is_not_tried_again():
    attempt, left = tries(EntryChanged("it was changed"), "kept")
    with pytest.raises(EntryChanged):
        await until_kept(attempt, anew=False)
    assert left == ["kept"]


async def test_what_is_gone_meanwhile_is_left_out_of_a_list():
    async def read(id):
        if id == "b":
            raise PresetNotFound("there is no such preset", id=id)
        return id.upper()

    assert await still_there(read, ["a", "b", "c"], PresetNotFound) == ["A", "C"]

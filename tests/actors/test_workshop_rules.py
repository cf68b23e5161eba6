"""What becomes of a desk's presets, characters and models by each command."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.errors import (
    CharacterNotFound,
    EntryChanged,
    LimitReached,
    ModelNotFound,
    PresetNotFound,
)
from actors.library import (
    DeleteCharacter,
    DeleteModel,
    DeletePreset,
    RenameModel,
    SaveCharacter,
    SavePreset,
)
from actors.rules.change import Limits, Moment
from actors.rules.library import decided
from state.library import Character, Model, Preset
from state.model import DeskState

LIMITS = Limits(
    max_jobs=5,
    max_idempotency_keys=5,
    idempotency_ttl_s=1.0,
    max_presets=2,
    max_characters=1,
    max_models=1,
)
SOFT = Preset(id="soft", name="Soft", digest="d1", size_bytes=2)
MIKU = Character(id="miku", name="Miku", digest="d1", size_bytes=2)
PETS = Model(
    id="pets", name="Pets", digest="d", facts="f", job_id="j", labels_n=2, accuracy=0.5,
    pictures_n=9, size_bytes=1,
)  # fmt: skip


def decide(state, command, now=5.0):
    return decided(state, command, Moment(now, 2), LIMITS)


def save(state, entry, data=b"{}", now=5.0, **fields):
    if isinstance(entry, Preset):
        return decide(state, SavePreset(preset=entry, data=data, **fields), now)
    return decide(state, SaveCharacter(character=entry, data=data, **fields), now)


@pytest.fixture
def stocked():
    state = replace(DeskState(created_at=1.0), models={"pets": PETS})
    return save(save(state, SOFT), MIKU)


def kept(state, entry):
    return (state.presets if isinstance(entry, Preset) else state.characters)[entry.id]


@pytest.mark.parametrize("entry", [SOFT, MIKU], ids=["preset", "character"])
def test_what_is_saved_again_was_made_when_it_was_made(stocked, entry):
    forged = replace(entry, digest="d2", created_at=99.0, updated_at=99.0)
    after = kept(save(stocked, forged, now=8.0), entry)
    assert (after.digest, after.created_at, after.updated_at) == ("d2", 5.0, 8.0)


@pytest.mark.parametrize("entry", [SOFT, MIKU], ids=["preset", "character"])
def test_what_was_not_looked_at_is_not_replaced(stocked, entry):
    other = replace(entry, digest="d2")
    assert kept(save(stocked, other, replaces="d1"), entry).digest == "d2"
    for wrong in (None, "d9"):
        with pytest.raises(EntryChanged):
            save(stocked, other, replaces=wrong)
    with pytest.raises((PresetNotFound, CharacterNotFound)):
        save(stocked, replace(other, id="new"), replaces="d1")


@pytest.mark.parametrize("entry", [SOFT, MIKU], ids=["preset", "character"])
def test_without_bytes_it_is_about_the_one_that_has_them(stocked, entry):
    assert kept(save(stocked, replace(entry, name="Other"), None), entry).name == "Other"
    with pytest.raises(EntryChanged):
        save(stocked, replace(entry, digest="d2"), None)
    with pytest.raises((PresetNotFound, CharacterNotFound)):
        save(stocked, replace(entry, id="new"), None)


def test_one_preset_at_most_is_the_default(stocked):
    state = save(stocked, replace(SOFT, is_default=True))
    state = save(state, replace(SOFT, id="hard", is_default=True))
    assert {each.id for each in state.presets.values() if each.is_default} == {"hard"}
    # Who saves another says nothing of the default.
    state = save(state, replace(SOFT, name="Softer"))
    assert state.presets["hard"].is_default
    assert not any(each.is_default for each in decide(state, DeletePreset("hard")).presets.values())


def test_a_desk_keeps_so_many(stocked):
    full = save(stocked, replace(SOFT, id="second"))
    with pytest.raises(LimitReached, match="at most 2 presets"):
        save(full, replace(SOFT, id="third"))
    with pytest.raises(LimitReached, match="at most 1 characters"):
        save(full, replace(MIKU, id="more"))
    assert save(full, SOFT).presets.keys() == {"soft", "second"}
    with pytest.raises(LimitReached, match="8,192"):
        save(full, replace(SOFT, description="x" * 8_192))


def test_a_model_is_called_otherwise_and_stays_what_it_is(stocked):
    state = decide(stocked, RenameModel("pets", "Beasts"))
    assert state.models == {"pets": replace(PETS, name="Beasts")}
    with pytest.raises(ModelNotFound):
        decide(stocked, RenameModel("gone", "Beasts"))
    with pytest.raises(LimitReached):
        decide(stocked, RenameModel("pets", "x" * 9_000))


def test_what_is_deleted_is_gone_and_nothing_else(stocked):
    state = decide(stocked, DeletePreset("soft"))
    assert (state.presets, state.characters, state.models) == (
        {}, stocked.characters, stocked.models,
    )  # fmt: skip
    state = decide(stocked, DeleteCharacter("miku"))
    assert (state.presets, state.characters) == (stocked.presets, {})
    state = decide(stocked, DeleteModel("pets"))
    assert (state.presets, state.models) == (stocked.presets, {})
    for command, error in (
        (DeletePreset("gone"), PresetNotFound),
        (DeleteCharacter("gone"), CharacterNotFound),
        (DeleteModel("gone"), ModelNotFound),
    ):
        with pytest.raises(error):
            decide(stocked, command)

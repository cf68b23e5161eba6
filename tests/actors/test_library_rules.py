"""What becomes of a desk's library by each command: versions, uses, limits, conflicts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.errors import (
    DataSourceNotFound,
    LimitReached,
    PictureNotFound,
    TemplateChanged,
    TemplateNotFound,
)
from actors.library import (
    DeleteDataSource,
    DeletePicture,
    DeleteTemplate,
    SaveDataSource,
    SavePicture,
    SaveTemplate,
)
from actors.rules.change import Limits, Moment
from actors.rules.library import decided, used
from state.library import DataSource, Picture, Template
from state.model import DeskState

LIMITS = Limits(
    max_jobs=5,
    max_idempotency_keys=5,
    idempotency_ttl_s=1.0,
    max_templates=2,
    max_data_sources=1,
    max_pictures=1,
)
LETTER = Template(id="letter", name="L", digest="d1", facts="f1", format="txt", size_bytes=1)
PEOPLE = DataSource(
    id="people", name="P", digest="d", facts="f", format="csv", columns_n=1, rows=1, size_bytes=1
)

LOGO = Picture(id="logo", name="L", digest="d", format="png", width=2, height=1, size_bytes=1)


def decide(state, command, now=5.0):
    return decided(state, command, Moment(now, 2), LIMITS)


def saved(state, template=LETTER, now=5.0, **fields):
    return decide(state, SaveTemplate(template=template, data=b"x", facts=b"y", **fields), now)


@pytest.fixture
def stocked():
    state = saved(DeskState(created_at=1.0))
    state = decide(state, SaveDataSource(source=PEOPLE, data=b"x", facts=b"y"))
    return decide(state, SavePicture(picture=LOGO, data=b"x"))


def test_what_the_desk_says_of_a_template_is_not_for_its_user_to_say(stocked):
    forged = replace(LETTER, id="forged", version=9, uses=9, created_at=9.0, updated_at=9.0)
    template = saved(stocked, forged).templates["forged"]
    assert (template.version, template.uses) == (1, 0)
    assert (template.created_at, template.updated_at) == (5.0, 5.0)
    assert stocked.data_sources["people"].created_at == 5.0


def test_a_version_more_has_the_uses_of_those_before(stocked):
    state = used(stocked, ["letter", "letter", "gone"])
    assert state.templates["letter"].uses == 1
    template = saved(state, replace(LETTER, digest="d2"), now=8.0).templates["letter"]
    assert (template.version, template.uses, template.digest) == (2, 1, "d2")
    assert (template.created_at, template.updated_at) == (5.0, 8.0)
    assert used(state, ["gone"]) is state


def test_the_version_that_is_replaced_may_be_named(stocked):
    assert saved(stocked, replaces=1).templates["letter"].version == 2
    for wrong in (None, 2):
        with pytest.raises(TemplateChanged) as refused:
            saved(stocked, replaces=wrong)
        assert refused.value.details["version"] == 1
    with pytest.raises(TemplateNotFound):
        saved(stocked, replace(LETTER, id="new"), replaces=1)
    assert "new" in saved(stocked, replace(LETTER, id="new"), replaces=None).templates


def test_without_bytes_it_is_about_the_version_that_has_them(stocked):
    state = decide(stocked, SaveTemplate(template=replace(LETTER, name="Other")))
    assert (state.templates["letter"].name, state.templates["letter"].version) == ("Other", 2)
    with pytest.raises(TemplateChanged):
        decide(stocked, SaveTemplate(template=replace(LETTER, digest="d2")))
    with pytest.raises(TemplateChanged):
        decide(stocked, SaveTemplate(template=replace(LETTER, facts="f2")))
    with pytest.raises(TemplateNotFound):
        decide(stocked, SaveTemplate(template=replace(LETTER, id="new")))


def test_a_desk_keeps_so_many(stocked):
    full = saved(stocked, replace(LETTER, id="second"))
    with pytest.raises(LimitReached):
        saved(full, replace(LETTER, id="third"))
    assert saved(full).templates["letter"].version == 2
    with pytest.raises(LimitReached):
        decide(full, SaveDataSource(source=replace(PEOPLE, id="more"), data=b"", facts=b""))
    with pytest.raises(LimitReached, match="at most 1 pictures"):
        decide(full, SavePicture(picture=replace(LOGO, id="more"), data=b""))


def test_a_picture_of_the_same_id_takes_its_place(stocked):
    state = decide(stocked, SavePicture(picture=replace(LOGO, digest="d2"), data=b""), now=8.0)
    assert state.pictures == {"logo": replace(LOGO, digest="d2", created_at=8.0)}
    assert decide(state, DeletePicture("logo")).pictures == {}
    with pytest.raises(PictureNotFound):
        decide(state, DeletePicture("gone"))


def test_what_every_save_of_the_desk_writes_is_small(stocked):
    with pytest.raises(LimitReached) as refused:
        saved(stocked, replace(LETTER, description="x" * 8_192))
    assert refused.value.details == {"limit": 8_192}
    assert saved(stocked, replace(LETTER, description="x" * 7_000)).templates


def test_what_is_deleted_is_gone_and_nothing_else(stocked):
    state = decide(stocked, DeleteTemplate("letter"))
    assert (state.templates, state.data_sources) == ({}, stocked.data_sources)
    with pytest.raises(TemplateNotFound):
        decide(state, DeleteTemplate("letter"))
    state = decide(stocked, DeleteDataSource("people"))
    assert (state.templates, state.data_sources) == (stocked.templates, {})
    with pytest.raises(DataSourceNotFound):
        decide(state, DeleteDataSource("people"))

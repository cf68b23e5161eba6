"""Pictures that rows name: what a worker has of them, read once for all that show them."""

from __future__ import annotations

import pytest

from executors.documents import pictures
from executors.documents.items import NamedPicture
from executors.documents.pictures import Album, ids_in, picture_id
from executors.documents.word import pictures as in_word
from executors.documents.word.document import WordTemplate
from executors.documents.word.pictures import BadPicture
from tests.support.papers import canonical_parts, part_of, values, word
from tests.support.pictures import picture

LOGO = picture("GIF", (4, 3))
ROW = {"photo": "picture:logo"}


@pytest.fixture
def album():
    album = Album()
    album.add("logo", NamedPicture(digest="d", format="gif"), LOGO)
    return album


def media(data):
    return [part_of(data, name) for name in canonical_parts(data) if "/media/" in name]


@pytest.mark.parametrize(
    ("value", "id"),
    [
        ("picture:logo", "logo"),
        ("picture:A-1_b.png", "A-1_b.png"),
        ("picture: logo", None),
        ("picture:", None),
        ("picture:..", None),
        ("a picture:logo", None),
        ("picture:" + "x" * 65, None),
        (["picture:logo"], None),
        (None, None),
    ],
)
def test_what_names_a_picture(value, id):
    assert picture_id(value) == id


def test_it_is_found_wherever_it_is():
    value = [{"a": "picture:x", "b": ["no", {"c": "picture:y"}]}, 5, None]
    assert list(ids_in(value)) == ["x", "y"]


def test_a_picture_is_read_once_for_all_documents(album, monkeypatch):
    read = []
    checked = in_word.checked
    monkeypatch.setattr(in_word, "checked", lambda data: read.append(data) or checked(data))
    template = WordTemplate(word("{{ photo|image(width_mm=30) }}"), album=album)
    documents = [template.render(values(ROW)) for _ in range(3)]
    assert read == [LOGO]
    assert {media(each)[0][:4] for each in documents} == {b"\x89PNG"}


def test_what_only_a_template_names_is_told(album):
    template = WordTemplate(word("{{ 'picture:other'|image }}"), album=album)
    with pytest.raises(BadPicture, match="no row of this job names the picture 'other'"):
        template.render(values(ROW))


def test_text_that_looks_like_a_name_stays_text(album):
    made = WordTemplate(word("{{ photo }}"), album=album).render(
        values({"photo": "picture:other"}), pictures=True
    )
    assert media(made) == []
    assert b"picture:other" in part_of(made, "word/document.xml")


def test_pages_get_the_picture_as_it_came(album):
    (url,) = album.embedded({"photo": [ROW["photo"]]})["photo"]
    assert url.startswith("data:image/gif;base64,")
    assert album.embedded("picture:other") == "picture:other"
    assert pictures.picture_id(url) is None

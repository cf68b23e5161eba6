"""Pictures in documents: which are put in, at which size, and which are refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from docx.image.image import Image as WordImage
from PIL import Image

from executors.documents.limits import MAX_PICTURES, OverLimit
from executors.documents.word.document import WordTemplate
from executors.documents.word.pictures import BadPicture, checked, read_data_url
from tests.support.papers import canonical_parts, part_of, values, word
from tests.support.pictures import DOT, data_url, picture

PHOTO = WordTemplate(word("{{ photo }}"))
# 914,400 EMU are an inch, which is 25.4 mm.
MM = 36_000


def media(data):
    return {name for name in canonical_parts(data) if name.startswith("word/media/")}


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_picture_is_put_in_as_it_is(format):
    data = picture(format)
    made = PHOTO.render(values({"photo": data_url(data, format.lower())}), pictures=True)
    (name,) = media(made)
    assert part_of(made, name) == data


def test_of_a_moving_picture_the_first_frame_is_put_in():
    frames = [Image.new("RGB", (3, 3), (n, 0, 0)) for n in range(3)]
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(checked(gif.getvalue()))) as still:
        assert (still.format, still.size) == ("PNG", (3, 3))


def test_a_picture_of_many_frames_is_read_no_further_than_the_first():
    frames = [Image.new("RGB", (3, 3), (n, 0, 0)) for n in range(2)]
    made = io.BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:])
    gif = made.getvalue()
    second = gif.rindex(b"\x21\xf9")
    many = gif[:second] + gif[second:-1] * 100_000 + gif[-1:]
    with Image.open(io.BytesIO(checked(many))) as still:
        assert still.size == (3, 3)


def test_a_photograph_stands_upright():
    turned = Image.Exif()
    turned[0x0112] = 6
    data = picture("JPEG", (40, 20), exif=turned)
    with Image.open(io.BytesIO(checked(data))) as upright:
        assert upright.size == (20, 40)
        assert not upright.getexif()


SIZES = [
    ("{{ photo|image(width_mm=30) }}", (30, 15)),
    ("{{ photo|image(height_mm=10) }}", (20, 10)),
    ("{{ photo|image(width_mm=30, height_mm=30) }}", (30, 30)),
]


@pytest.mark.parametrize(("text", "size_mm"), SIZES)
def test_sizes(text, size_mm):
    made = WordTemplate(word(text)).render(values({"photo": data_url(picture(size=(200, 100)))}))
    width, height = (millimetres * MM for millimetres in size_mm)
    assert f'cx="{width}" cy="{height}"'.encode() in part_of(made, "word/document.xml")


def test_a_wide_picture_is_no_wider_than_the_text():
    data = picture(size=(5_000, 10))
    assert WordImage.from_blob(data).width > 1_000 * MM
    made = PHOTO.render(values({"photo": data_url(data)}), pictures=True)
    # The paper of python-docx is Letter with margins of 1.25 inches.
    assert b'cx="5486400"' in part_of(made, "word/document.xml")


def test_pictures_in_lists_and_in_the_header():
    def build(document):
        document.sections[0].header.paragraphs[0].text = "{{ photo }}"

    template = WordTemplate(word("{% for i in items %}{{ i.photo }}{% endfor %}", build=build))
    other = data_url(picture(size=(3, 3)))
    row = {"photo": DOT, "items": [{"photo": DOT}, {"photo": other}]}
    made = template.render(values(row), pictures=True)
    assert len(media(made)) == 2
    assert b"<pic:pic" in part_of(made, "word/header1.xml")


def test_too_many_are_too_many():
    texts = [data_url(picture(size=(n + 1, 1))) for n in range(MAX_PICTURES + 1)]
    with pytest.raises(OverLimit, match="more than 100 pictures"):
        PHOTO.render(values({"items": texts, "photo": DOT}), pictures=True)


def test_a_picture_that_is_missing_is_a_missing_field_or_nothing():
    template = WordTemplate(word("{{ photo|image }}"), blank=True)
    assert not media(template.render(values({})))
    assert not media(template.render(values({"photo": ""})))


SVG = b'<!DOCTYPE s [<!ENTITY a "a">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'

REFUSED = [
    ("no base64", "data:image/png;base64,@@@", "not written in base64"),
    ("no data", "data:image/png,abc", "a data URL in base64"),
    ("a file", "file:///etc/passwd", "a data URL in base64"),
    ("an address", "https://example.com/a.png", "a data URL in base64"),
    ("SVG", data_url(SVG, "svg+xml"), "a PNG, a JPEG or a GIF"),
    ("text that is called a picture", data_url(b"hello"), "a PNG, a JPEG or a GIF"),
    ("a bitmap that is called one", data_url(picture("BMP")), "a PNG, a JPEG or a GIF"),
    ("cut short", data_url(picture("JPEG", (200, 200))[:-200], "jpeg"), "broken"),
    ("a large file", data_url(picture() + bytes(10 * 1024 * 1024)), "at most 10 MiB"),
]


@pytest.mark.parametrize(("url", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_no_picture_is_refused(url, words):
    with pytest.raises(BadPicture, match=words):
        read_data_url(url)
    with pytest.raises(BadPicture, match=words):
        WordTemplate(word("{{ photo|image }}")).render(values({"photo": url}))


def test_a_picture_of_billions_of_points_is_refused_unread():
    small = picture()
    head = b"IHDR" + struct.pack(">II", 50_000, 50_000) + small[24:29]
    large = small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]
    with pytest.raises(BadPicture, match="at most 40,000,000 pixels"):
        checked(large)

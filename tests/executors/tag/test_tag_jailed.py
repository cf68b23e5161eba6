"""Pictures tagged by real workers in the jail: photographs, hostile bytes, an operator's model."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from sklearn import datasets

from state.model import OutcomeStatus, Tally
from tests.support.pictures import picture
from tests.support.tagging import wd14_folder

PHOTOGRAPHS = Path(datasets.__file__).parent / "images"
CHINA, FLOWER = ((PHOTOGRAPHS / name).read_bytes() for name in ("china.jpg", "flower.jpg"))


async def test_photographs_are_tagged_offline_beside_hostile_bytes(tagging):
    hostile = [b"", CHINA[:2_000], b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
    tagged = await tagging({"threshold": 0.2}, [CHINA, *hostile, FLOWER])
    assert tagged.names(0) == ["palace"]
    assert tagged.names(4) == ["daisy"]
    assert tagged.files == {"pets/0.txt": b"palace\n", "pets/4.txt": b"daisy\n"}
    for index, word in enumerate(("empty", "broken", "SVG"), 1):
        assert tagged.ended[index].status is OutcomeStatus.FAILED
        assert word in tagged.ended[index].error
        assert tagged.ended[index].tally == Tally(found=1)
    assert tagged.ended[0].tally == Tally(found=1, made=1)
    assert tagged.result(2) == {"image": "pets/2.jpg"}


async def test_names_are_chinese_where_the_job_says_so(tagging):
    spec = {"language": "zh", "threshold": 0.2, "save_type": "json", "extend_tags": ["照片"]}
    tagged = await tagging(spec, [FLOWER])
    told = json.loads(tagged.files["pets/0.json"])
    assert [(tag["name"], tag["category"]) for tag in told["tags"]] == [
        ("照片", "extended"),
        ("雏菊", "general"),
    ]
    assert told["analyzer"] == "imagenet"
    assert told["tags"][1]["score"] == pytest.approx(0.35, abs=0.1)


async def test_two_workers_share_a_job(tagging):
    tagged = await tagging({}, [CHINA, FLOWER] * 6, workers=2)
    assert [tagged.names(index)[0] for index in range(12)] == ["palace", "daisy"] * 6
    # The library that does it has nothing to complain of.
    assert tagged.heard.said("worker_output") == []


async def test_a_tagger_of_the_operators_sees_blue_green_and_red(tagging, tmp_path):
    folder = wd14_folder(tmp_path / "tagger")
    square = picture("PNG", (500, 500))
    tagged = await tagging({"analyzer": "wd14tagger"}, [square], tagger=folder)
    # The square is (200, 30, 30): red enough for a tag, not for a character.
    assert tagged.result(0)["tags"] == []
    assert tagged.result(0)["ratings"] == {"general": 0.5}


async def test_its_thresholds_are_those_of_the_job(tagging, tmp_path):
    folder = wd14_folder(tmp_path / "tagger")
    spec = {"analyzer": "wd14tagger", "threshold": 0.1, "character_threshold": 0.5}
    tagged = await tagging(spec, [picture("PNG", (500, 500))], tagger=folder)
    tags = {tag["name"]: (tag["score"], tag["category"]) for tag in tagged.result(0)["tags"]}
    assert tags == {
        "red_queen": (pytest.approx(200 / 255, abs=1e-3), "character"),
        "blue_sky": (pytest.approx(30 / 255, abs=1e-3), "general"),
        "green_leaves": (pytest.approx(30 / 255, abs=1e-3), "general"),
    }


async def test_a_small_picture_lies_on_white(tagging, tmp_path):
    folder = wd14_folder(tmp_path / "tagger")
    spec = {"analyzer": "wd14tagger", "threshold": 0.5}
    tagged = await tagging(spec, [picture("PNG", (500, 250))], tagger=folder)
    tags = {tag["name"]: tag["score"] for tag in tagged.result(0)["tags"]}
    assert tags["blue_sky"] == pytest.approx((30 + 255) / 2 / 255, abs=1e-2)


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda folder: (folder / "model.onnx").unlink(), "cannot be read"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"junk"), "is no model"),
        (lambda folder: (folder / "selected_tags.csv").write_text("a,b\n1,2\n"), "no columns"),
        (lambda folder: (folder / "selected_tags.csv").write_bytes(b"\xff\xfe"), "cannot be read"),
        (
            lambda folder: (folder / "selected_tags.csv").write_text("name,category\na,0\n"),
            "do not belong together",
        ),
    ],
)
async def test_a_folder_that_is_no_tagger_breaks_the_job_with_the_reason(
    tagging, tmp_path, break_it, reason
):
    folder = wd14_folder(tmp_path / "tagger")
    break_it(folder)
    tagged = await tagging({"analyzer": "wd14tagger"}, [CHINA], tagger=folder)
    assert reason in tagged.broken


async def test_the_largest_pictures_fit_into_a_worker(tagging):
    data = io.BytesIO()
    Image.new("RGBA", (7_000, 7_100), (200, 30, 30, 128)).save(data, "PNG", compress_level=1)
    tagged = await tagging({}, [data.getvalue(), CHINA])
    assert [tagged.ended[index].error for index in (0, 1)] == [None, None]

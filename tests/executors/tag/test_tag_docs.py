"""docs/tag.md names every field, default and limit that there is, and no other."""

import re
from pathlib import Path

from executors.folders import SUFFIXES
from executors.tag import options, outcome
from executors.tag.items import TagItem
from executors.tag.spec import TagSpec
from executors.vision import asking
from executors.vision.decode import FORMATS
from executors.vision.limits import MAX_BYTES, MAX_PIXELS, MIB
from executors.vision.sources import KINDS_OF_ITEM
from tests.support.pictures import picture
from tests.support.tagging import LIMITS, wd14_folder
from web.tagging import MAX_FOLDERS

TEXT = (Path(__file__).parents[3] / "docs/tag.md").read_text("utf-8")
FLAT = " ".join(TEXT.split())


def rows_of(heading):
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def name_in(cell):
    return re.fullmatch(r"`([a-z_]+)`", cell)[1]


def test_every_field_of_the_job_is_explained_with_its_default(tmp_path):
    told = {name_in(row[0]): row[1].strip("`") for row in rows_of("Fields of the job")}
    spec = TagSpec(tmp_path, ["pets"])
    plain, wd14 = (
        spec.plan({"analyzer": analyzer}, ["pets/a.jpg"], LIMITS).spec
        for analyzer in ("imagenet", "wd14tagger")
    )
    assert told.keys() == plain.keys()
    for name, default in told.items():
        both = [plain[name]] if name == "analyzer" else [plain[name], wd14[name]]
        values = both if both[0] != both[-1] else both[:1]
        assert default == ", ".join(str(value).lower() for value in values)


def test_every_kind_of_item_is_explained():
    assert tuple(name_in(row[0]) for row in rows_of("An item")) == KINDS_OF_ITEM
    assert set(KINDS_OF_ITEM) < set(TagItem.__struct_fields__)


async def test_every_field_of_the_result_is_explained(tagging, tmp_path):
    folder = wd14_folder(tmp_path / "tagger")
    tagged = await tagging({"analyzer": "wd14tagger"}, [picture()], tagger=folder)
    told = {name_in(row[0]) for row in rows_of("The result")}
    assert told == tagged.result(0).keys()


def test_the_limits_are_those_of_the_code():
    formats = ["WebP" if format == "WEBP" else format for format in FORMATS]
    for said in (
        f"at most {MAX_BYTES // MIB} MiB and {MAX_PIXELS:,} pixels",
        f"a {', '.join(formats[:-1])} or {formats[-1]} by its content",
        f"(by their names: {', '.join(SUFFIXES)};",
        f"or a list of up to {MAX_FOLDERS}:",
        f"pictures at once, 1 to {asking.MAX_CONCURRENCY} ",
        f"an error worth retrying, 0 to {asking.MAX_RETRIES} ",
        f"tags a picture, up to {options.MAX_TOP};",
        f"Up to {options.MAX_TAGS:,} tags",
        f"up to {options.MAX_TAG_CHARS} characters",
        f"the first {outcome.TAGS_TOLD}:",
    ):
        assert said in FLAT, said

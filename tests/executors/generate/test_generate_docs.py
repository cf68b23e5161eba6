"""docs/generate.md names every field and default that there is, and no other."""

import json
import re
from pathlib import Path

from executors.generate.items import MAX_PICTURE_BYTES, SHOWN_CHARS, stored_prompt
from executors.generate.options import DEFAULTS
from executors.generate.spec import GenerateSpec
from executors.webui import client, waiting
from tests.support.generating import LIMITS

TEXT = (Path(__file__).parents[3] / "docs/generate.md").read_text("utf-8")


def rows_of(heading):
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def names_in(cell):
    return re.findall(r"`([a-z_]+)`", cell)


def test_every_field_of_the_job_is_explained_with_its_default():
    told = {name: row[1] for row in rows_of("Fields of the job") for name in names_in(row[0])}
    written = {
        name: f"`{value}`" if isinstance(value, str) else json.dumps(value)
        for name, value in DEFAULTS.items()
    }
    assert told == written


def test_every_field_of_an_item_is_explained():
    told = {name for row in rows_of("An item") for name in names_in(row[0])}
    [item] = GenerateSpec().plan({}, [dict.fromkeys(told) | {"prompt": "x"}], LIMITS).items
    assert stored_prompt(item.item).prompt == "x"
    assert told == {"prompt", "negative_prompt", "seed", "init_image"}


async def test_every_field_of_the_result_is_explained(generate):
    told = {name for row in rows_of("The result") for name in names_in(row[0])}
    assert told == (await generate("a fox")).result.keys()


def test_the_limits_are_those_of_the_code():
    for said in (
        f"{MAX_PICTURE_BYTES // 1024**2} MiB, or an object",
        f"{SHOWN_CHARS} characters",
        f"up to {client.MAX_ANSWER_BYTES // 1024**2} MiB",
        f'"{waiting.WAITS}", looks every {waiting.LOOK_AGAIN_S:g} seconds',
    ):
        assert said in TEXT

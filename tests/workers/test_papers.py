"""Templates looked into and documents made in the jail, by real workers; and without one."""

from __future__ import annotations

import io

import msgspec
import pytest
from PIL import Image

from actors.ports import LeasedItem, PlanLimits
from executors.documents.facts import decode
from executors.documents.inline import InlineDocuments
from executors.documents.items import ResolvedPicture, ResolvedTemplate
from executors.documents.port import NoDocuments
from executors.documents.spec import DocumentSpec
from executors.refusals import Refused
from state.model import OutcomeStatus
from state.views import DeskKey
from tests.support.houses import Heard
from tests.support.leasing import Hand, brief
from tests.support.papers import texts_of, word
from tests.support.pictures import DOT, data_url, picture
from workers.cpu import CpuSettings
from workers.pool import Pools, PoolSettings

DESK = DeskKey("a")
LIMITS = PlanLimits(max_items=50, max_url_bytes=100, max_concurrency=20, max_body_read_bytes=1_000)
LETTER = word("Dear {{ name }},", "{{ text }}")
PAGE = b"<p>{{ name }}</p>"


class Jailed:
    """Documents over real workers."""

    def __init__(self, tmp_path, nursery):
        self._tmp_path, self._nursery = tmp_path, nursery

    async def build(self, **changes):
        cpu = CpuSettings(scratch=self._tmp_path / "scratch", **({"cpu_workers": 1} | changes))
        pools = Pools(PoolSettings(cpu=cpu), {"document": DocumentSpec()}, Heard())
        await self._nursery.start(pools.run)
        return pools


@pytest.fixture
def jailed(tmp_path, nursery):
    return Jailed(tmp_path, nursery)


@pytest.fixture(params=["inline", "jailed"])
async def documents(request, jailed):
    if request.param == "inline":
        return InlineDocuments()
    return (await jailed.build()).documents()


def planned(rows, *templates, **spec):
    resolved = [
        ResolvedTemplate(id=f"t{at}", name=f"letter {at}", digest=f"d{at}", format=format)
        for at, format in enumerate(templates)
    ]
    return DocumentSpec().plan({"templates": resolved, **spec}, rows, LIMITS)


def item_of(plan, at=0):
    return msgspec.json.decode(plan.items[at].item)


async def test_a_template_is_looked_into(documents):
    facts = decode(await documents.inspect(DESK, "docx", LETTER))
    assert [field.key for field in facts.fields] == ["name", "text"]
    assert facts.format == "docx"


async def test_a_picture_is_looked_at(documents):
    seen = await documents.look(DESK, picture("JPEG", (500, 300)))
    assert (seen.format, seen.width, seen.height) == ("jpeg", 500, 300)
    with Image.open(io.BytesIO(seen.thumbnail)) as small:
        assert (small.format, small.size) == ("WEBP", (128, 77))
    with pytest.raises(Refused, match="a PNG, a JPEG or a GIF"):
        await documents.look(DESK, b"hello")


async def test_a_document_shows_the_picture_that_its_row_names(documents):
    logo = picture(size=(5, 3))
    known = {"logo": ResolvedPicture(digest="dp", format="png", size_bytes=len(logo))}
    plan = planned([{"photo": "picture:logo"}], "html", pictures=known)
    assert plan.assets == ("d0", "dp")
    assets = {"d0": b"{{ photo }}", "dp": logo}
    made = await documents.render(DESK, plan.spec, assets, item_of(plan))
    assert made.data.decode() == data_url(logo)


@pytest.mark.parametrize("format", ["docx", "html"])
async def test_what_is_no_template_is_refused_with_its_place(documents, format):
    data = word("fine", "{% if %}") if format == "docx" else b"fine\n{% if %}"
    place = "in the body, paragraph 2" if format == "docx" else "line 2"
    with pytest.raises(Refused, match=place) as caught:
        await documents.inspect(DESK, format, data)
    assert caught.value.why == "unreadable"


async def test_a_preview_is_the_document(documents):
    row = {"name": "Ann", "text": "你好"}
    plan = planned([row], "docx")
    made = await documents.render(DESK, plan.spec, {"d0": LETTER}, item_of(plan))
    assert made.name == "letter 0-1.docx"
    assert texts_of(made.data) == ["Dear Ann,", "你好"]


async def test_a_preview_that_cannot_be_made_says_why(documents):
    plan = planned([{"text": "x"}], "docx")
    with pytest.raises(Refused, match="row 1: field 'name' of template 'letter 0' has no value"):
        await documents.render(DESK, plan.spec, {"d0": LETTER}, item_of(plan))


async def test_a_job_of_documents(jailed):
    rows = [{"name": "Ann", "text": DOT}, {"name": "Bob"}, {"name": "Cleo", "text": None}]
    plan = planned(rows, "docx", "docx", missing="error")
    pools = await jailed.build()
    spec = brief(
        kind="document", pool="cpu", spec=plan.spec, assets={"d0": LETTER, "d1": word("x {{name}}")}
    )
    items = [LeasedItem(at, 0, item.key, item.item) for at, item in enumerate(plan.items)]
    async with pools.attach(spec) as attachment:
        ended = (await Hand(attachment).work(items)).ended
    assert [ended[at].status for at in range(6)] == [
        OutcomeStatus.OK,
        OutcomeStatus.OK,
        OutcomeStatus.FAILED,
        OutcomeStatus.OK,
        OutcomeStatus.FAILED,
        OutcomeStatus.OK,
    ]
    assert msgspec.json.decode(ended[1].result)["file"] == "letter 1/letter 1-1.docx"
    assert msgspec.json.decode(ended[4].result) == {"row": 2, "template": "t0"}
    assert ended[4].error == "row 3: field 'text' of template 'letter 0' has no value"


async def test_an_endless_template_costs_its_row_and_not_its_worker(jailed):
    data = b"{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}x"
    plan = planned([{}], "txt")
    documents = (await jailed.build()).documents()
    with pytest.raises(Refused, match="its loops take more than 1,000,000 turns"):
        await documents.render(DESK, plan.spec, {"d0": data}, item_of(plan))


async def test_what_no_limit_of_ours_catches_the_jail_does(jailed):
    """One turn of it is little, and sorts again."""
    data = b"{% set big = range(100000)|list %}" + (
        b"{% for x in range(1000) %}{{ (big|sort|unique|list)[0] }}{% endfor %}"
    )
    plan = planned([{}], "txt")
    documents = (await jailed.build(cpu_item_cpu_s=1)).documents()
    with pytest.raises(Refused, match="over the limit of processor time") as caught:
        await documents.render(DESK, plan.spec, {"d0": data}, item_of(plan))
    assert caught.value.why == "too_large"
    plan = planned([{"name": "Ann"}], "html")
    made = await documents.render(DESK, plan.spec, {"d0": PAGE}, item_of(plan))
    assert made.data == b"<p>Ann</p>"


async def test_without_a_jailed_pool_there_are_no_documents(nursery):
    documents = Pools(PoolSettings(), {}, Heard()).documents()
    assert isinstance(documents, NoDocuments)
    with pytest.raises(Refused):
        await documents.inspect(DESK, "docx", LETTER)


async def test_what_needs_another_pool_is_refused(jailed):
    plan = planned([{"name": "Ann"}], "docx", format="pdf")
    documents = (await jailed.build()).documents()
    with pytest.raises(Refused, match="makes no pdf"):
        await documents.render(DESK, plan.spec, {"d0": LETTER}, item_of(plan))

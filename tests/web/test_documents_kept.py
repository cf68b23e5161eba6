"""What the documents API keeps in memory: whose it is, for how long, how much of it; and how its
percentages are told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import trio
from msgspec.structs import replace

from actors.messages import JobView, LiveProgress
from executors.documents.port import Rendered
from state.model import Counts, JobStatus
from tests.support.states import a_job
from tests.web.test_documents_socket import SPEC
from web.dialects.documents import feeds, kept_previews
from web.dialects.documents.feeds import COUNTED_EVERY_S, DocumentFeeds
from web.dialects.documents.kept_previews import KEPT_S, MAX_BYTES, MAX_OF_DESK, KeptPreviews
from web.dialects.documents.selection import ALL, BESIDES, Selection
from web.dialects.documents.view import percent_of
from web.documents.tally import Tally

TEMPLATES = [{"id": "letter", "name": "Letter"}, {"id": "bill", "name": "Bill"}]


def made(data=b"Dear Ada"):
    return Rendered("letter.txt", data)


@pytest.fixture
def clock():
    return SimpleNamespace(now=0.0)


@pytest.fixture
def previews(clock):
    return KeptPreviews(lambda: clock.now)


def test_a_preview_is_found_by_whose_it_is_and_of_which_template(previews, clock):
    key = previews.keep("mine", "letter", "txt", made())
    assert previews.find("mine", "letter", key).made == made()
    for wrong in (("other", "letter", key), ("mine", "bill", key), ("mine", "letter", "x")):
        assert previews.find(*wrong) is None
    clock.now = KEPT_S
    assert previews.find("mine", "letter", key) is None


def test_a_desk_has_so_many_previews_and_takes_no_other_desk_s(previews):
    other = previews.keep("other", "letter", "txt", made())
    keys = [previews.keep("mine", "letter", "txt", made()) for _ in range(MAX_OF_DESK + 1)]
    found = [previews.find("mine", "letter", key) is not None for key in keys]
    assert found == [False, *[True] * MAX_OF_DESK]
    assert previews.find("other", "letter", other) is not None


def test_so_many_previews_are_kept_and_so_many_bytes_of_them(previews, monkeypatch):
    assert previews.keep("mine", "letter", "txt", made(bytes(MAX_BYTES + 1))) is None
    half = made(bytes(MAX_BYTES // 2))
    keys = [previews.keep(f"desk {n}", "letter", "txt", half) for n in range(3)]
    found = [previews.find(f"desk {n}", "letter", key) for n, key in enumerate(keys)]
    assert [each is not None for each in found] == [False, True, True]
    monkeypatch.setattr(kept_previews, "MAX_KEPT", 2)
    previews.keep("desk 3", "letter", "txt", made())
    assert previews.find("desk 1", "letter", keys[1]) is None
    assert previews.find("desk 2", "letter", keys[2]) is not None


@pytest.mark.parametrize(
    ("counts", "percent"),
    [
        (Counts(total=1_000, ok=999), 99),
        (Counts(total=4, ok=1, failed=1), 50),
        (Counts(total=3, ok=1, skipped=1, failed=1), 100),
        (Counts(total=0), 0),
    ],
)
def test_a_percentage_is_cut_and_counts_all_that_ended(counts, percent):
    assert percent_of(counts) == percent


class Counting:
    """Tallies, and how often they were asked for."""

    def __init__(self):
        self.asked = 0

    async def of(self, desk, view):
        self.asked += 1
        return [Tally(each["id"], each["name"], "", view.counts) for each in TEMPLATES]


@pytest.fixture
async def feed(deps, desk, monkeypatch):
    """(the feeds of a desk, a visit of it, what counts its templates)."""
    counting = Counting()
    monkeypatch.setattr(feeds, "Tallies", lambda store: counting)

    class Visited:
        key = "desk"

        def __init__(self):
            self.desk = desk

        def reading(self, job_id):
            return trio.CancelScope()

    return DocumentFeeds(deps), Visited(), counting


def view_of(revision, status=JobStatus.RUNNING, *, job_id="t", templates=TEMPLATES):
    spec = {**SPEC, "templates": templates}
    job = a_job(job_id, status, 4, kind="document", spec=spec, revision=revision)
    return JobView(job, LiveProgress(counts=Counts(total=4, ok=revision)))


async def test_several_templates_are_counted_once_a_second_and_at_every_end(feed, autojump_clock):
    documents, visit, counting = feed
    assert len(await documents.by_template(visit, view_of(1))) == 2
    assert len(await documents.by_template(visit, view_of(1))) == 2
    assert await documents.by_template(visit, view_of(2)) == ()
    assert counting.asked == 1
    assert len(await documents.by_template(visit, view_of(3, JobStatus.COMPLETED))) == 2
    await trio.sleep(COUNTED_EVERY_S)
    assert len(await documents.by_template(visit, view_of(4))) == 2
    assert counting.asked == 3


async def test_what_is_kept_of_a_desk_is_bounded(feed, autojump_clock, monkeypatch):
    documents, visit, counting = feed
    monkeypatch.setattr(feeds, "_COUNTED_MAX", 2)
    for job_id in ("a", "b", "c", "c", "a"):
        await documents.by_template(visit, view_of(1, JobStatus.COMPLETED, job_id=job_id))
    assert counting.asked == 4


async def test_messages_are_encoded_once_for_all_who_want_the_same(feed, desk, monkeypatch):
    documents, encoded = feed[0], []
    monkeypatch.setattr(feeds, "encode", lambda frames: encoded.append(1) or ("{}",))
    monkeypatch.setattr(feeds, "_KEPT", 2)
    wanted = Selection({ALL: BESIDES})
    published = desk.published
    for after in (1, 2, 3, 3, 1):
        documents.step(desk, published, after, wanted, "en")
    assert len(encoded) == 4
    documents.step(desk, replace(published, revision=published.revision + 1), 3, wanted, "en")
    documents.step(desk, published, 1, wanted, "zh")
    assert len(encoded) == 6

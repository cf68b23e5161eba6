"""Reading uploads in the jail: real workers, and the same suite for the reader without one."""

from __future__ import annotations

import msgspec
import pytest
import trio
import trio.testing

from executors.refusals import ReaderBusy, ReaderUnavailable, Refused
from executors.tables.inline import InlineReader
from executors.tables.limits import TableLimits
from executors.tables.port import NoReader
from executors.tables.rows import Head, Row, decode
from executors.tables.upload import Upload
from state.views import DeskKey
from tests.support.archives import MAIN, packed, raw_workbook, sheet_xml, workbook
from tests.support.houses import Heard
from tests.support.leasing import brief
from workers.cpu import CpuSettings
from workers.oneoff import ONE_OFFS_PER_DESK
from workers.pool import Pools, PoolSettings

URL = "https://example.com/"
DESK = DeskKey("a")
MIB = 1024 * 1024


class Jailed:
    """Readers over real workers."""

    def __init__(self, tmp_path, nursery):
        self._tmp_path, self._nursery = tmp_path, nursery
        self.heard = Heard()
        self.pools = None

    async def build(self, limits, **changes):
        cpu = CpuSettings(scratch=self._tmp_path / "scratch", **({"cpu_workers": 1} | changes))
        self.pools = Pools(PoolSettings(cpu=cpu), {}, self.heard)
        await self._nursery.start(self.pools.run)
        return self.pools.table_reader(limits)


@pytest.fixture
def jailed(tmp_path, nursery):
    return Jailed(tmp_path, nursery)


@pytest.fixture(params=["inline", "jailed"])
async def reader(request, jailed):
    limits = TableLimits(max_items=5_000, max_unpacked_bytes=2 * MIB)
    if request.param == "inline":
        return InlineReader(limits)
    return await jailed.build(limits)


async def test_rows_come_as_they_are(reader):
    data = packed({"a.csv": f"url\n{URL}\n", "b.xlsx": workbook([["url"], [URL]])})
    assert list(decode(await reader.read(DESK, Upload("x.zip"), data))) == [
        Head("a.csv"),
        Row(1, ("url",)),
        Row(2, (URL,)),
        Head("b.xlsx", "S1"),
        Row(1, ("url",)),
        Row(2, (URL,)),
    ]


async def test_more_than_a_piece_comes_in_order(reader):
    """More than what may be on the way at once, in and out."""
    rows = "".join(f"{URL}{n:0400}\n" for n in range(4_000))
    data = packed({"a.txt": rows})
    lines = list(decode(await reader.read(DESK, Upload("x.zip"), data)))
    assert [line.cells[0] for line in lines[1:]] == rows.split()


@pytest.mark.parametrize("char", ["\U0001f600", '"', "\x01", "\u4e2d"], ids=ascii)
async def test_what_its_characters_cost_counts_too(reader, char):
    """The server holds the rows as they come out, so that is what is bounded."""
    row = char * 100_000
    encoded_bytes = len(msgspec.json.encode(row))
    fits, over = (f"{row}\n" * count for count in (MIB // encoded_bytes, 3 * MIB // encoded_bytes))
    assert len(over) < 2 * MIB
    assert len(await reader.read(DESK, Upload("x.zip"), packed({"a.txt": fits}))) <= MIB
    with pytest.raises(Refused, match="more than 2,097,152 bytes"):
        await reader.read(DESK, Upload("x.zip"), packed({"a.txt": over}))


REFUSED = [
    ("x.zip", b"hello", "unreadable", "not a ZIP archive"),
    ("x.zip", packed({"a.txt": bytes(3 * MIB)}), "too_large", "2,097,152 bytes"),
    ("x.doc", b"hello", "unsupported", "not a .txt"),
    ("x.xlsx", packed({"a": "b"}), "unreadable", "not a workbook"),
]


@pytest.mark.parametrize(("name", "data", "why", "words"), REFUSED)
async def test_a_refusal_crosses_with_its_reason(reader, name, data, why, words):
    with pytest.raises(Refused, match=words) as caught:
        await reader.read(DESK, Upload(name), data)
    assert caught.value.why == why


async def test_a_sheet_is_chosen_by_name(reader):
    book = workbook([["one"]], [["two"]])
    lines = list(decode(await reader.read(DESK, Upload("x.xlsx", "S2"), book)))
    assert lines[1] == Row(1, ("two",))


async def test_a_file_that_costs_more_than_an_item_may_is_refused_by_that_limit(jailed):
    """A few kilobytes that would be read for a minute."""
    reader = await jailed.build(TableLimits(), cpu_item_cpu_s=1)
    book = raw_workbook(sheet_xml("<row/>" * 2_500_000))
    with pytest.raises(Refused, match=r"over the limit of processor time \(1 s\)") as caught:
        await reader.read(DESK, Upload("x.xlsx"), book)
    assert caught.value.why == "too_large"
    assert len(book) < 100_000
    assert await reader.read(DESK, Upload("x.zip"), packed({"a.txt": URL}))


async def test_strings_that_fill_the_memory_are_refused_by_that_limit(jailed):
    """They are all taken in before the first row."""
    reader = await jailed.build(
        TableLimits(max_unpacked_bytes=200 * MIB),
        cpu_max_memory_bytes=176 * MIB,
        cpu_item_cpu_s=60,
        cpu_item_s=60.0,
    )
    strings = f"<si><t>{'x' * MIB}</t></si>" * 150  # well over it: at it, anything may fail first
    book = raw_workbook(sheet_xml(""), strings=f'<sst xmlns="{MAIN}">{strings}</sst>')
    with pytest.raises(Refused, match=r"over the limit of memory \(184549376 bytes\)") as caught:
        await reader.read(DESK, Upload("x.xlsx"), book)
    assert caught.value.why == "too_large"


async def test_without_the_layers_that_are_required_nothing_is_read(jailed, tmp_path):
    """The data folder lies in one that workers must read: that is no jail for files."""
    reader = await jailed.build(TableLimits(), jail="strict", readable=(str(tmp_path),))
    with pytest.raises(ReaderUnavailable, match=r"--jail strict wants it \(files: "):
        await reader.read(DESK, Upload("x.zip"), packed({"a.txt": URL}))
    assert jailed.heard.said("worker_unfit")


async def test_with_the_jail_off_limits_are_left(jailed):
    reader = await jailed.build(TableLimits(), jail="off")
    assert await reader.read(DESK, Upload("x.zip"), packed({"a.txt": URL}))
    (started,) = jailed.heard.said("worker_started")
    assert started["jail"] == "limits"
    assert set(started["jail_lacks"]) == {"privileges", "syscalls", "files", "signals", "network"}


async def test_a_desk_has_so_many_readings_and_no_more(jailed):
    reader = await jailed.build(TableLimits())
    async with jailed.pools._crews["cpu"].attach(brief(pool="cpu"), "none") as holder:
        holder.want(1)
        await holder.wait_granted()
        async with trio.open_nursery() as waiting:
            for _ in range(ONE_OFFS_PER_DESK):
                waiting.start_soon(reader.read, DESK, Upload("x.zip"), b"")
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(ReaderBusy):
                await reader.read(DESK, Upload("x.zip"), b"")
            waiting.cancel_scope.cancel()
    assert await reader.read(DESK, Upload("x.zip"), packed({"a.txt": URL}))


async def test_a_pool_without_jailed_workers_reads_nothing(nursery):
    reader = Pools(PoolSettings(), {}, Heard()).table_reader(TableLimits())
    assert isinstance(reader, NoReader)
    with pytest.raises(Refused):
        await reader.read(DESK, Upload("x.zip"), b"")

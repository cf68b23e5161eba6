"""Archives: every tool can unpack them, their size is what was said, and they can be taken up."""

from __future__ import annotations

import io
import shutil
import zipfile
from contextlib import aclosing

import pytest
import trio
from msgspec.structs import replace

from state.errors import JobFilesMissing
from state.memory import MemoryStore
from tests.support.states import ALICE, items
from web.archive import Archives, Manifest
from web.packing import Packer
from web.threads import Threads
from web.zip_format import STORED, Member, directory, header, header_bytes

JOB = (ALICE, "job-1")
NOISE = bytes(range(256)) * 20
FILES = {
    "letters/1.docx": NOISE,
    "letters/2.docx": b"",
    "报告/ä.pdf": NOISE[::-1],
    "large.png": NOISE * 100,
}


@pytest.fixture
async def store():
    # An early clock: what a ZIP cannot say of a time is said as near as it can.
    store = MemoryStore(now=lambda: 1_700_000_001.5)
    await store.write_inputs(*JOB, items(1))
    return store


@pytest.fixture
def archives(store):
    return Archives(store, Threads(1))


async def keep(store, files):
    pack = await store.open_artifacts(*JOB)
    for name, data in files.items():
        pack.add(name, data)
    await pack.sync()
    await pack.aclose()


async def whole(archive, start=0):
    async with aclosing(archive.chunks(start)) as chunks:
        return b"".join([chunk async for chunk in chunks])


def unpacked(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


async def test_an_archive_of_what_is_compressed_already_has_its_size(store, archives):
    await keep(store, FILES)
    archive = await archives.build(*JOB)
    data = await whole(archive)
    assert archive.size_bytes == len(data)
    assert unpacked(data) == FILES
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        infos = opened.infolist()
    assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}
    assert not any(info.flag_bits & 0x8 for info in infos)  # readers of streams need the sizes
    assert infos[0].date_time == (2023, 11, 14, 22, 13, 20)


async def test_it_can_be_taken_up_at_any_byte(store, archives):
    await keep(store, {"1.docx": b"0123456789", "2.docx": b"", "报.pdf": b"abc"})
    archive = await archives.build(*JOB)
    data = await whole(archive)
    for start in range(len(data) + 1):
        assert await whole(archive, start) == data[start:]


async def test_it_has_another_tag_whenever_it_is_another(store, archives):
    tags = []
    for files in ({"a.docx": b"1"}, {"a.docx": b"2"}, {"b.docx": b"2"}):
        await keep(store, files)
        first, second = await archives.build(*JOB), await archives.build(*JOB)
        assert first.etag == second.etag
        assert await whole(first) == await whole(second)
        tags.append(first.etag)
    assert len({*tags}) == 3


async def test_text_is_deflated_and_the_size_is_then_not_known(store, archives):
    text = {"page.html": b"<p>" * 5_000, "log.txt": b"", "big.csv": b"a;b;c\n" * 300_000}
    await keep(store, FILES | text)
    archive = await archives.build(*JOB)
    assert (archive.size_bytes, archive.etag) == (None, None)
    data = await whole(archive)
    assert unpacked(data) == FILES | text
    assert len(data) < sum(map(len, FILES.values())) + 50_000


async def test_text_can_be_stored_where_its_size_matters(store, archives):
    await keep(store, {"page.html": b"<p>" * 5_000})
    archive = await archives.build(*JOB, stored=lambda name: True)
    assert archive.size_bytes == len(await whole(archive)) > 15_000


async def test_a_part_of_it(store, archives):
    await keep(store, FILES)
    archive = await archives.build(*JOB, where=lambda name: name.startswith("letters/"))
    assert {*unpacked(await whole(archive))} == {"letters/1.docx", "letters/2.docx"}


async def test_nothing_is_an_archive_too(archives):
    archive = await archives.build(*JOB)
    data = await whole(archive)
    assert unpacked(data) == {}
    assert archive.size_bytes == len(data)


async def test_a_manifest_stands_first_and_has_its_name_for_itself(store, archives):
    left = {"of an attempt that failed.docx": b"3"}
    await keep(store, {"manifest.json": b"{}", "a.docx": b"1", "A.docx": b"2", **left})
    asked = []

    class Told:
        left_over = frozenset(left)

        def manifest(self, names):
            asked.append(dict(names))
            return Manifest(b'{"files": []}', 1_700_000_000.0)

    async def describe():
        return Told()

    build = archives.build(*JOB, manifest=describe, stored=lambda name: True)
    archive = await build
    data = await whole(archive)
    found = unpacked(data)
    assert [*found] == ["manifest.json", "A.docx", "a (2).docx", "manifest (2).json"]
    assert found["manifest.json"] == b'{"files": []}'
    assert asked == [
        {"A.docx": "A.docx", "a.docx": "a (2).docx", "manifest.json": "manifest (2).json"}
    ]
    assert archive.size_bytes == len(data)
    for start in (0, 1, 60, len(data) - 30):
        assert await whole(archive, start) == data[start:]


async def test_checksums_that_nobody_wrote_down_are_taken(store, archives, monkeypatch):
    await keep(store, FILES)
    listed = store.list_artifacts

    async def unsummed(*job):
        return [replace(made, crc32=None) for made in await listed(*job)]

    monkeypatch.setattr(store, "list_artifacts", unsummed)
    archive = await archives.build(*JOB)
    data = await whole(archive)
    assert unpacked(data) == FILES
    assert archive.size_bytes == len(data)


@pytest.mark.parametrize("name", ["a.docx", "a.html"])
@pytest.mark.parametrize("later", [b"longer", b"now", b"", b"tset"])
async def test_a_file_that_changes_meanwhile_ends_the_archive(store, archives, name, later):
    await keep(store, {name: b"test"})
    archive = await archives.build(*JOB)
    await keep(store, {name: later})
    with pytest.raises(JobFilesMissing, match="changed"):
        await whole(archive)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="there is no unzip here")
async def test_other_tools_can_read_it(store, archives, tmp_path):
    await keep(store, FILES | {"a.html": b"<p>" * 900, "b.csv": b"1;2\n" * 300_000})
    path = tmp_path / "made.zip"
    path.write_bytes(await whole(await archives.build(*JOB)))
    done = await trio.run_process(["unzip", "-tq", path], capture_stdout=True, check=False)
    assert done.returncode == 0, done.stdout


def test_large_files_and_far_offsets_are_said_in_eight_bytes(tmp_path):
    large = Member("large.zip", 0.0, STORED, 0, 5_000_000_000, 5_000_000_000)
    small = Member("späte.zip", 5e9, STORED, 0, 0, 0)
    path = tmp_path / "sparse.zip"
    with path.open("wb") as file:
        file.write(header(large))
        assert file.tell() == header_bytes(large)
        second = header_bytes(large) + large.size_bytes
        file.seek(second)
        file.write(header(small))
        assert file.tell() == second + header_bytes(small)
        file.write(directory([(large, 0), (small, second)], file.tell()))
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        assert archive.read("späte.zip") == b""
        assert archive.open(infos[0]).read(4) == bytes(4)
    assert [info.file_size for info in infos] == [5_000_000_000, 0]
    assert [info.header_offset for info in infos] == [0, second]
    assert [info.date_time[0] for info in infos] == [1980, 2107]


def test_more_files_than_two_bytes_count():
    members = [(Member(f"{number}", 1e9, STORED), number * 31) for number in range(70_000)]
    data = b"".join(header(member) for member, _ in members[:10])
    with zipfile.ZipFile(io.BytesIO(data + directory(members, len(data)))) as archive:
        assert len(archive.infolist()) == 70_000


def test_what_comes_without_a_part_is_a_bug():
    with pytest.raises(ValueError, match="more files"):
        Packer([]).take([(0, b"x")])

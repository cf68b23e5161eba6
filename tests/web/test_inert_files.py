"""What leaves as a file: cells that nothing runs, names that lead nowhere and hide nothing."""

from __future__ import annotations

import csv
import io
import re
from itertools import product
from urllib.parse import unquote

import openpyxl
import pytest

from tests.support.hostile import LONE_SURROGATE, TEXTS
from web import filenames
from web.cells import plain, separated
from web.export import export
from web.filenames import disposition, safe_names, slug
from web.threads import Threads

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", " =1", "  +1",
    "'=1", '"=1', "\u00a0=1", "\u3000=1", "\ufeff=1", "\u200b=1", "＝1", "＋1", "－1", "＠A", "﹦1",
    "−1", "\x00=1", "\x1b=1", " ' \"=1", "-", "=",
]  # fmt: skip
INNER = [
    "a;=1",
    "a;+1",
    "a\n=1",
    "a\r\n=1",
    "a\t=1",
    'a;"=1',
    "a; =1",
    "a;＝1",
    'a","=1;=2',
    "1;-1",
]
LIVE = re.compile(r"\A[\s'\"\ufffd\u200b\ufeff]*[=+\-@＝＋－＠﹦−]")


async def collected(kind, rows, folder):
    async def batches():
        yield rows

    return b"".join([chunk async for chunk in export(kind, batches, Threads(1), folder)])


def is_live(cell):
    return LIVE.match(cell) is not None and not cell.startswith("'")


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
async def test_no_cell_and_no_head_is_a_formula(text, tmp_path):
    row = {"index": 0, text: text}
    head, line = csv.reader(io.StringIO((await collected("csv", [row], tmp_path)).decode()))
    assert not is_live(head[1])
    assert not is_live(line[1])
    book = openpyxl.load_workbook(io.BytesIO(await collected("xlsx", [row], tmp_path)))
    for cells in book["outcomes"].iter_rows():
        assert cells[1].data_type == "s"
        assert not is_live(cells[1].value)
        assert cells[1].hyperlink is None


@pytest.mark.parametrize("text", INNER, ids=ascii)
@pytest.mark.parametrize("separator", [";", "\t"])
async def test_another_separator_begins_no_formula(text, separator, tmp_path):
    data = await collected("csv", [{"index": 0, "why": text}], tmp_path)
    for line in re.split(r"[\r\n]+", data.decode()):
        assert not any(is_live(cell) for cell in line.split(separator))


@pytest.mark.parametrize("value", [0, -1, 2.5, -2.5, 2**53, -(2**53)])
async def test_numbers_stay_numbers(value, tmp_path):
    assert plain(value) == separated(value) == value
    book = openpyxl.load_workbook(io.BytesIO(await collected("xlsx", [{"n": value}], tmp_path)))
    assert book["outcomes"]["A2"].value == value


@pytest.mark.parametrize(
    "text",
    ["https://ex.com/a?b=c&d=e;f=g", 'it\'s, "quoted"', "a=b", "x-y", "名前", "שלום", "me@ex.com"],
)
def test_ordinary_cells_stay_as_they_are(text):
    assert separated(plain(text)) == text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_hostile_cells_leave_the_table_whole(kind, text, tmp_path):
    rows = [{"index": 0, "url": text, "why": text}, {"index": 1, "url": "after", "why": "it"}]
    data = await collected(kind, rows, tmp_path)
    if kind == "csv":
        table = list(csv.reader(io.StringIO(data.decode(), newline="")))
        assert not set(data.decode()) & set("\x00\x07\x08\x1b\x7f\x85\x9b\u202e\u2066")
    else:
        book = openpyxl.load_workbook(io.BytesIO(data))
        table = [[c.value for c in line] for line in book["outcomes"].iter_rows()]
        assert not any(c.hyperlink for line in book["outcomes"].iter_rows() for c in line)
    assert [len(line) for line in table] == [3, 3, 3]
    assert list(map(str, table[2])) == ["1", "after", "it"]


NAMES = [
    "../evil", "../../../etc/passwd", "/abs", "//host/share", "C:\\x", "c:x", "a\\..\\b", "..", ".",
    "...", "a/../b", "a/./b", "a//b", "nul\x00.txt", "con", "CON.txt", "aux.tar.gz", "a/NUL/b",
    "COM1", "lpt¹.txt", "conin$", ".bashrc", ".ssh/authorized_keys", "a.", "a ", "a. .", " a",
    "photo\u202egpj.exe", "a\u2066b", "a\u200bb.txt", 'a"b', "a<b>|?*", "a\r\nSet-Cookie: x=y",
    "\x1b[2J", "", "/", "W" * 400, "名" * 200 + ".html", "x." + "y" * 400, "~", "-rf", "$(id)",
    "file:stream", "a%2f..%2fb", LONE_SURROGATE,
    "z" + "\u0301" * 300,
]  # fmt: skip
DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$", "com1", "lpt¹", "lpt1"}


def is_safe_part(part):
    return (
        part not in ("", ".", "..")
        and part.isprintable()
        and not set(part) & set('<>:"|?*\\/')
        and not part.startswith((".", " "))
        and not part.endswith((".", " "))
        and part.partition(".")[0].casefold() not in DEVICES
        and len(part.encode()) <= 255
    )


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_an_archive_s_entry_stays_in_its_folder(name):
    (safe,) = safe_names([name])
    assert not safe.startswith("/")
    assert all(is_safe_part(part) for part in safe.split("/"))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_download_s_name_is_one_header_and_one_plain_name(name):
    for written in (disposition(name), disposition(f"{slug(name)}.csv")):
        form = r"attachment; filename=\"([A-Za-z0-9._-]+)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)"
        match = re.fullmatch(form, written)
        assert match is not None
        assert is_safe_part(match[1])
        assert is_safe_part(unquote(match[2], errors="strict"))


def test_the_ending_that_a_user_sees_is_the_ending_that_it_has():
    assert disposition("photo\u202egpj.exe").endswith("photo_gpj.exe")
    assert disposition("名" * 200 + ".html").endswith(".html")


COLLISIONS = [
    ["a", "A", "ａ".casefold()],
    ["a", "a/b", "a/c", "a (2)"],
    ["a/b", "a", "A/B"],
    ["a", "a/b", "a/B", "a (2)", "a/c", "a"],
    ["é.txt", "e\u0301.txt"],
    ["ß", "ss", "SS"],
    ["a.", "a", "a ", "a. "],
    ["x"] * 5,
    ["W" * 400 + "1", "W" * 400 + "2"],
]


@pytest.mark.parametrize("names", COLLISIONS, ids=ascii)
def test_every_entry_is_a_file_of_its_own_on_every_system(names, tmp_path):
    safe = safe_names(names)
    assert len({name.casefold() for name in safe}) == len(names)
    for number, name in enumerate(safe):
        path = tmp_path / name.casefold()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x") as file:
            file.write(str(number))


def test_a_folder_in_the_way_of_a_file_stays_one_folder():
    assert safe_names(["a", "a/b", "a/c", "A/d"]) == ["a", "a (2)/b", "a (2)/c", "A (2)/d"]


def test_many_files_that_want_one_name_are_looked_at_once_each(monkeypatch):
    """The time of an archive grows with its files, not with their square."""
    looked_at = []
    key = filenames._key
    monkeypatch.setattr(filenames, "_key", lambda path: looked_at.append(1) or key(path))
    spellings = ["".join(each) for each in product(*zip("abcdefghi", "ABCDEFGHI", strict=True))]
    safe = safe_names(f"{name}.txt" for name in spellings)
    assert len({name.casefold() for name in safe}) == len(spellings)
    assert len(looked_at) < 6 * len(spellings)

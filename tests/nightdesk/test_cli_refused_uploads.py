"""What the command line says of a file that the server cannot read: which, why, what to do."""

from __future__ import annotations

import pytest

from nightdesk.cli.app import run
from tests.support.archives import encrypted, packed, workbook

URL = "http://192.0.2.1/"
BOOK = workbook([["url"], [URL]])
PACKED = packed({"a.txt": URL})

REFUSALS = [
    (
        "a workbook cut short",
        "broken.xlsx",
        BOOK[:-30],
        "broken.xlsx cannot be read: damaged, cut short, or not an .xlsx workbook; save it again "
        "(invalid_request)\n",
    ),
    (
        "an encrypted archive",
        "a.zip",
        encrypted(PACKED),
        "a.zip cannot be read: a.txt: it is encrypted; pack it again without a password "
        "(invalid_request)\n",
    ),
    (
        "a workbook in the archive",
        "a.zip",
        packed({"b.xlsx": BOOK[:-30]}),
        "a.zip cannot be read: b.xlsx: damaged, cut short, or not an .xlsx workbook; save it again "
        "(invalid_request)\n",
    ),
    (
        "another kind in the archive",
        "a.zip",
        packed({"a.exe": "MZ"}),
        "a.zip cannot be read: a.exe: not a .txt, .csv or .xlsx file (unsupported_media_type)\n",
    ),
    (
        "a workbook of other columns",
        "links.xlsx",
        workbook([["link", "title"], [URL, "x"]]),
        "items: links.xlsx, sheet S1: the first row must name a column url (and 2 more) "
        "(invalid_request)\n"
        "  items: links.xlsx, sheet S1: unknown column 'link'\n"
        "  items: links.xlsx, sheet S1: unknown column 'title'\n",
    ),
]


@pytest.mark.parametrize(
    ("name", "data", "said"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_it_is_told_once_with_the_file_and_what_helps(server, tmp_path, capsys, name, data, said):
    file = tmp_path / name
    file.write_bytes(data)
    code = run(["submit", "fetch", str(file), "--url", server.url], {"LANG": "C.UTF-8"})
    told = capsys.readouterr()
    assert (code, told.out, told.err) == (2, "", f"nightdesk: {said}")

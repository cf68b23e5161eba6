"""Lines read piece by piece: whatever the pieces, and without holding what nobody wrote."""

from __future__ import annotations

import pytest

from state import lines
from state.atomic import opened
from state.files import RealFiles
from state.lines import whole_lines


@pytest.fixture
def read(tmp_path, monkeypatch):
    """`read(data, start)`: (start, end, data) of each whole line, read 4 bytes at a time."""
    files = RealFiles()
    monkeypatch.setattr("state.atomic.COPY_BYTES", 4)

    def all_lines(data, start=0):
        (tmp_path / "lines").write_bytes(data)
        with (
            opened(files, files.open_root(tmp_path)) as folder,
            opened(files, files.open_read(folder, "lines")) as handle,
        ):
            found = whole_lines(files, handle, start, len(data))
            return [tuple(line) for some in found for line in some]

    return all_lines


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"abc", b"abc\n", b"abcdefghij\nk\n\nlm", b"\n\n\n\n\n", b"abc\ndef\ngh\n"]
)
def test_lines_are_whole_wherever_the_pieces_end(data, read):
    found = read(data)
    assert [line for _, _, line in found] == data.split(b"\n")[:-1]
    assert all(data[start:end] == line + b"\n" for start, end, line in found)


def test_reading_begins_where_it_is_told(read):
    assert read(b"abc\ndefgh\n", start=4) == [(4, 10, b"defgh")]


def test_a_line_that_nobody_can_have_written_is_passed_over_in_its_length(read, monkeypatch):
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 10)
    data = b"first\n" + b"\0" * 35 + b"\nlast\n" + b"\0" * 35
    assert read(data) == [(0, 6, b"first"), (6, 42, b""), (42, 47, b"last")]

"""What a program has printed: its last lines, inert, bounded, without secrets."""

import pytest

from workers.webui.lines import MAX_LINE_CHARS, MAX_LINES, Lines


def texts(lines, after=0):
    return [line.text for line in lines.after(after)]


def fed(*pieces, secrets=()):
    lines = Lines(secrets)
    for piece in pieces:
        lines.feed(piece)
    lines.end()
    return texts(lines)


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        ([b"one\ntwo\n"], ["one", "two"]),
        ([b"o", b"ne\r", b"\ntwo"], ["one", "two"]),
        ([b"\n \n\r\n"], []),
        ([b" 5%|\r 10%|\r", b" 15%|\rdone\n", b"next\n"], ["done", "next"]),
        ([b"a\n", b"\r 5%|", b"\r 99%|\n"], ["a", " 99%|"]),
        (["zoë 狐\n".encode(), b"\xff\n"], ["zoë 狐", "\ufffd"]),
    ],
)
def test_lines_are_cut_wherever_the_pieces_are(pieces, told):
    assert fed(*pieces) == told
    assert fed(*(bytes([byte]) for piece in pieces for byte in piece)) == told


def test_the_last_ones_are_kept_and_counted():
    lines = Lines()
    lines.feed(b"".join(b"line %d\n" % number for number in range(MAX_LINES + 10)))
    kept = lines.after(0)
    assert (len(kept), kept[0].text, kept[-1].number) == (MAX_LINES, "line 10", MAX_LINES + 10)
    assert texts(lines, MAX_LINES + 9) == [f"line {MAX_LINES + 9}"]
    assert lines.last(2) == [f"line {MAX_LINES + 8}", f"line {MAX_LINES + 9}"]


def test_a_bar_that_draws_itself_is_one_line_and_always_news():
    lines = Lines()
    lines.feed(b"begin\n" + b"".join(b"\r%d%%" % share for share in range(100)))
    assert texts(lines) == ["begin", "98%"]
    assert lines.after(1)[0].number > 50


def test_a_line_without_an_end_takes_no_room():
    [line] = fed(b"x" * 10_000_000, b"y" * 10_000)
    assert line == "x" * MAX_LINE_CHARS


def test_what_is_printed_steers_no_terminal_and_tells_no_secret():
    [line] = fed(b"login me:hunter2 \x1b[31mhunter2\n", secrets=("me:hunter2", "hunter2", ""))
    assert "hunter2" not in line
    assert "\x1b" not in line
    assert line.startswith("login *** ")

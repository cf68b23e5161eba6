"""Documents as PDF by a real LibreOffice in the jail: what it makes, reaches and leaves."""

from __future__ import annotations

import os
import select
import signal
import socket

import pytest
from PIL import Image

from actors.ports import ItemEnded, ItemsLost
from state.model import OutcomeStatus
from tests.support.offices import Bureau, letter, linked, picture_of, text_of


@pytest.fixture
async def bureau(tmp_path, nursery):
    bureau = Bureau(tmp_path)
    await nursery.start(bureau.run)
    return bureau


async def made(bureau, document):
    """The PDF, of a document of which one can be made."""
    pdf, ending = await bureau.pdf(document)
    assert isinstance(ending, ItemEnded)
    assert ending.status is OutcomeStatus.OK, ending.error
    return pdf


def has_caller(listener):
    """Whether a connection waits to be taken."""
    return bool(select.select([listener], [], [], 0)[0])


async def test_letters_are_written_by_one_program_that_reaches_nothing(bureau):
    assert "Dear Ada," in text_of(await made(bureau, letter("Dear Ada,")))

    # A font without them draws the same box for each.
    hello, world = [await made(bureau, letter(text)) for text in ("你好", "世界")]
    assert (text_of(hello), text_of(world)) == ("你好", "世界")
    assert picture_of(hello) != picture_of(world)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        page = await made(bureau, linked(letter("still there"), f"http://127.0.0.1:{port}/a.png"))
        assert not has_caller(listener)
        assert "still there" in text_of(page)

    for nonsense in (b"", b"no docx", b"PK\x03\x04 and no more"):
        _, ending = await bureau.pdf(nonsense)
        assert ending.status is OutcomeStatus.FAILED
        assert ending.error

    assert "Dear Grace," in text_of(await made(bureau, letter("Dear Grace,")))
    (started,) = bureau.heard.said("worker_started")
    assert {"limits", "privileges", "syscalls"} <= set(started["jail"].split(","))


async def test_a_document_over_its_limit_has_failed_and_the_next_one_has_a_new_program(
    tmp_path, nursery
):
    # The start of LibreOffice counts as work on the first document: it takes a second.
    bureau = Bureau(tmp_path, cpu_item_cpu_s=4)
    await nursery.start(bureau.run)
    _, ending = await bureau.pdf(letter("endless"), burn=True)
    assert ending.status is OutcomeStatus.FAILED
    assert "processor time" in ending.error
    assert "Dear Ada," in text_of(await made(bureau, letter("Dear Ada,")))


async def test_a_crash_is_the_end_of_one_document(bureau):
    crash = lambda: os.kill(bureau.pid(), signal.SIGSEGV)  # noqa: E731
    _, ending = await bureau.pdf(letter("broken"), crash, burn=True)
    assert ending == ItemsLost((0,), "killed by signal 11")
    assert "Dear Ada," in text_of(await made(bureau, letter("Dear Ada,")))


async def test_its_own_settings_alone_fetch_nothing_either(tmp_path, nursery):
    bureau = Bureau(tmp_path, jail="off")
    await nursery.start(bureau.run)
    red = tmp_path / "red.png"
    Image.new("RGB", (200, 200), "red").save(red)
    missing = tmp_path / "missing.png"
    pages = [await made(bureau, linked(letter("x"), path.as_uri())) for path in (red, missing)]
    assert picture_of(pages[0]) == picture_of(pages[1])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await made(bureau, linked(letter("x"), f"http://127.0.0.1:{listener.getsockname()[1]}/a"))
        assert not has_caller(listener)

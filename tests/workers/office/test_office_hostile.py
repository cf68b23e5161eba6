"""Documents that would run code or take in other files, and a LibreOffice without its jail: as it
is called and set here it lets nothing happen. (A LibreOffice with a window and the lowest security
runs the same macro.) In its jail it could not reach anything at all.
"""

from __future__ import annotations

import select
import socket

import pytest

from actors.ports import ItemEnded
from state.model import OutcomeStatus
from tests.support.hostile_offices import with_field, with_macro, with_section
from tests.support.offices import Bureau, text_of

WRITES = """Dim n As Integer
n = FreeFile
Open "{0}" For Output As #n
Print #n, "ran"
Close #n"""


@pytest.fixture
async def bureau(tmp_path, nursery):
    bureau = Bureau(tmp_path, jail="off")
    await nursery.start(bureau.run)
    return bureau


async def test_no_code_runs_and_nothing_is_taken_in(bureau, tmp_path):
    secret, target = tmp_path / "secret.txt", tmp_path / "written.txt"
    secret.write_text("canary")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        site = f"http://127.0.0.1:{listener.getsockname()[1]}/a"
        documents = [
            with_macro("plain", WRITES.format(target)),
            with_section("plain", secret.as_uri()),
            with_section("plain", site),
            with_field("plain", f'INCLUDETEXT "{secret}"'),
            with_field("plain", f'INCLUDETEXT "{site}"'),
            with_field("plain", f'INCLUDEPICTURE "{site}"'),
            with_field("plain", f'DDEAUTO soffice "{secret}" a'),
        ]
        for document in documents:
            pdf, ending = await bureau.pdf(document)
            assert isinstance(ending, ItemEnded)
            assert ending.status is OutcomeStatus.OK, ending.error
            assert "canary" not in text_of(pdf)
        assert not select.select([listener], [], [], 0)[0]
    assert not target.exists()

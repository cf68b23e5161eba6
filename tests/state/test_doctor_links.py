"""The doctor and addresses: what a desk says is put right, and what may yet be needed stays."""

from __future__ import annotations

import pytest

from tests.support.data_folders import LINK, codes, copy_of, examined, make_healthy
from tests.support.states import ALICE, BOB


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    data = tmp_path_factory.mktemp("healthy") / "data"
    make_healthy(data)
    return data


@pytest.fixture
def data(healthy, tmp_path):
    return copy_of(healthy, tmp_path / "data")


def bobs(data, ending=".json"):
    return data / "sessions" / f"{BOB}{ending}"


@pytest.mark.parametrize("content", [None, b"", f"{ALICE}\n".encode(), b"\xff" * 65])
def test_a_broken_link_is_written_anew_from_what_the_desk_says(data, content):
    link = data / "links" / LINK
    link.unlink() if content is None else link.write_bytes(content)
    assert codes(examined(data)) == ["link-broken"]
    assert codes(examined(data, repair=True)) == []
    assert link.read_text() == f"{BOB}\n"
    assert codes(examined(data)) == []


@pytest.mark.parametrize("damaged", [[".json"], [".json", ".json.1"]], ids=["newest", "both"])
def test_the_link_of_a_generation_that_is_lost_stays(data, damaged):
    for ending in damaged:
        bobs(data, ending).write_bytes(b"{")
    examined(data, repair=True)
    assert "link-superfluous" not in codes(examined(data, repair=True))
    assert (data / "links" / LINK).read_text() == f"{BOB}\n"


def test_the_link_of_a_desk_that_is_gone_goes_to_quarantine(data):
    for ending in (".json", ".json.1"):
        bobs(data, ending).unlink()
    assert "link-superfluous" in codes(examined(data))
    assert codes(examined(data, repair=True)) == []
    assert list((data / "links").iterdir()) == []
    assert any(kept.name.startswith(f"links.{LINK}") for kept in (data / "quarantine").iterdir())


def test_while_a_server_is_at_work_a_link_may_be_about_to_be_named(data):
    (data / "links" / ("5" * 64)).write_text(f"{BOB}\n")
    (data / "links" / ("5" * 64)).chmod(0o600)
    assert codes(examined(data, live=True)) == []
    assert codes(examined(data)) == ["link-superfluous"]

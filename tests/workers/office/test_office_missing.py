"""Which LibreOffice is used, and what is said where there is none. Without a real one."""

from __future__ import annotations

import pytest

from actors.ports import JobBroken
from actors.ports.office import OfficeUnavailable
from tests.support.offices import Bureau
from workers.office.find import HOW_TO_GET_ONE, find_office, library_of, readable_by


@pytest.fixture
def install(tmp_path):
    """An installation with those libraries; returns its program."""

    def make(name, *libraries):
        folder = tmp_path / name / "program"
        folder.mkdir(parents=True)
        for library in libraries:
            (folder / library).touch()
        program = folder / "soffice"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        return program

    return make


def test_the_setting_is_followed_through_links_to_the_libraries(install, tmp_path):
    program = install("office", "libmergedlo.so", "libswlo.so")
    link = tmp_path / "soffice"
    link.symlink_to(program)
    assert find_office(str(link)) == program.parent
    assert library_of(program.parent) == program.parent / "libmergedlo.so"


def test_a_setting_that_names_nothing_is_no_reason_to_take_another(tmp_path):
    with pytest.raises(OfficeUnavailable, match="which --soffice names"):
        find_office(str(tmp_path / "nowhere"))


def test_one_without_writer_is_refused_by_that_name(install):
    with pytest.raises(OfficeUnavailable, match="no Writer: install it"):
        find_office(str(install("office", "libmergedlo.so")))


def test_on_the_path_one_without_writer_is_passed_over(install, monkeypatch):
    calc, whole = install("calc", "libmergedlo.so"), install("a", "libsofficeapp.so", "libswlo.so")
    whole.rename(whole.with_name("libreoffice"))
    monkeypatch.setenv("PATH", f"{calc.parent}:{whole.parent}")
    assert find_office() == whole.parent


def test_what_lies_elsewhere_behind_links_can_be_read_too(install, tmp_path):
    program = install("office", "libmergedlo.so", "libswlo.so")
    elsewhere = tmp_path / "etc"
    elsewhere.mkdir()
    (program.parent / "rc").symlink_to(elsewhere)
    (program.parent / "own").symlink_to(program)
    readable = readable_by(program.parent)
    assert set(readable) >= {str(program.parent.parent), str(elsewhere)}
    assert str(program) not in readable


async def test_a_job_is_told_how_to_get_one_and_so_is_the_operator(tmp_path, monkeypatch, nursery):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("workers.office.find._FOLDERS", ())
    monkeypatch.setattr("workers.office.find._PACKED_FOLDERS", (str(tmp_path), "none"))
    bureau = Bureau(tmp_path)
    await nursery.start(bureau.run)
    _, broken = await bureau.pdf(b"")
    assert broken == JobBroken(f"LibreOffice is not installed: {HOW_TO_GET_ONE}")
    assert bureau.pools.lacks() == (broken.error,)
    assert "apt-get install libreoffice-writer-nogui" in broken.error
    assert bureau.heard.said("worker_started") == []


async def test_one_that_does_not_load_breaks_the_job_with_that(install, tmp_path, nursery):
    program = install("office", "libmergedlo.so", "libswlo.so")
    bureau = Bureau(tmp_path, soffice=str(program))
    await nursery.start(bureau.run)
    _, broken = await bureau.pdf(b"PK\x03\x04")
    assert isinstance(broken, JobBroken)
    assert "LibreOffice cannot be loaded" in broken.error

"""A share of the I/O errors on every commit, and that the experiment sees what it is there for."""

from __future__ import annotations

from state.desks import DeskFiles
from torture.ioerrors.cases import Case, all_cases, made_world, violations
from torture.ioerrors.commands import COMMANDS
from torture.ioerrors.experiment import again, run
from torture.ioerrors.faults import HOW
from torture.verdict import Scale


def test_a_share_of_the_cases_and_one_real_server_hold():
    verdict = run(Scale(share=0.05))
    assert verdict.violations == ()
    assert verdict.ran > 250


async def test_every_command_meets_every_kind_of_fault():
    cases = await all_cases(await made_world())
    assert len(cases) > 5_000
    assert {case.command for case in cases} == set(COMMANDS)
    assert {case.fault.how for case in cases} == set(HOW)
    assert all(Case.parse(str(case)) == case for case in cases[::50])


async def test_a_full_disk_leaves_room_for_what_frees_room():
    assert await again("full-disk") == []


async def test_a_replace_that_forgets_its_sync_is_seen(monkeypatch):
    world = await made_world()
    case = next(case for case in await all_cases(world) if case.fault.method == "fsync")
    assert await violations(world, case) == []
    monkeypatch.setattr("torture.ioerrors.kernel.Kernel.fsync", lambda self, handle: None)
    assert await violations(world, case) != []


async def test_an_acknowledgement_in_spite_of_an_error_is_seen(monkeypatch):
    world = await made_world()
    replace = DeskFiles.replace

    def careless(self, *args, **kwargs):
        try:
            replace(self, *args, **kwargs)
        except OSError:
            return

    monkeypatch.setattr(DeskFiles, "replace", careless)
    found = []
    for case in await all_cases(world):
        if case.command == "save" and case.fault.method == "rename" and case.fault.how == "ever":
            found += await violations(world, case)
    assert any("was acknowledged" in said for said in found)

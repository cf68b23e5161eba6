"""The mutants still fit the code, and the experiment tells caught from survived."""

from __future__ import annotations

import ast

import pytest

from torture.mutants.catalogue import ROOT, Mutant, Stale, mutants
from torture.mutants.experiment import chosen_by, copy_of_project, tried, unbroken, verdict_on
from torture.verdict import Scale

WANTED = 25
# What every commit tries, one mutant a test: they are shared out like all other tests.
SHARE = Scale(share=0.02, processes=1)


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.id)
def test_a_mutant_fits_its_file_and_is_still_a_program(mutant):
    source = (ROOT / mutant.file).read_text("utf-8")
    broken = mutant.applied(source)
    if mutant.file.endswith(".py"):
        assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(source))
    assert broken != source
    assert mutant.caught_by or mutant.stories
    for test in mutant.caught_by:
        assert (ROOT / test.partition("::")[0]).exists()


def test_there_are_enough_and_each_is_one_of_its_own():
    assert len({mutant.id for mutant in mutants()}) == len(mutants()) >= WANTED
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in mutants()}) == len(mutants())


@pytest.mark.parametrize("mutant", chosen_by(SHARE), ids=lambda mutant: mutant.id)
def test_of_a_share_each_is_caught(mutant):
    told = []
    verdict = verdict_on([mutant], SHARE, told.append)
    assert (verdict.violations, verdict.ran, len(told)) == ((), 1, 1)


def test_a_scale_asks_for_so_many_different_ones():
    assert len({mutant.id for mutant in chosen_by(SHARE)}) == SHARE.of(len(mutants())) > 1
    assert {mutant.id for mutant in chosen_by(Scale())} == {mutant.id for mutant in mutants()}


def test_one_that_breaks_nothing_survives_and_its_copy_is_mended():
    catchers = (("tests/state/test_lock_and_secret.py",), ("empty:",))
    harmless = Mutant("none", "nothing", "state/lock.py", '"lock"', '"lo" "ck"', *catchers)
    with copy_of_project() as place:
        before = (place / harmless.file).read_text("utf-8")
        assert not tried(harmless, place).caught
        assert (place / harmless.file).read_text("utf-8") == before
    assert (ROOT / harmless.file).read_text("utf-8") == before


def test_a_test_that_fails_by_itself_catches_nothing():
    wrong = Mutant("x", "x", "state/lock.py", "flock", "flick", ("tests/no_such_test.py",))
    assert unbroken([wrong]) is not None


@pytest.mark.parametrize("text", ["not in there", "import"])
def test_a_text_that_is_not_there_once_is_refused(text):
    stale = Mutant("stale", "nothing", "state/lock.py", text, "", ())
    with pytest.raises(Stale, match="stale"):
        stale.applied((ROOT / "state/lock.py").read_text("utf-8"))

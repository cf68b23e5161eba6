"""A share of the corruption experiment on every commit, and one case of each fear by name."""

from __future__ import annotations

import pytest

from torture.corruption.cases import BOTH, OF_JOURNEYS, OF_LIBRARY, STATE, Case, case_of, chosen
from torture.corruption.experiment import run, workshop
from torture.corruption.scenes import VICTIM
from torture.verdict import Scale

OUTCOMES = f"files/{VICTIM}/running/outcomes.jsonl"
PACK = f"files/{VICTIM}/finished/artifacts-1.pack"
FEARS = [
    (Case("running", STATE, "flip", 8_003), "flagged"),
    (Case("running", STATE, "one-letter"), "flagged"),
    (Case("running", STATE, "truncate", 400), "flagged"),
    (Case("running", STATE, "foreign"), "flagged"),
    (Case("running", STATE, "fifo"), "flagged"),
    (Case("running", STATE, "link-to-zeros"), "flagged"),
    (Case("running", STATE, "newer-schema"), "refused"),
    (Case("running", STATE, "previous-copied"), "flagged"),
    (Case("running", BOTH, "empty"), "refused"),
    (Case("running", STATE + ".1", "folder"), "equal"),
    (Case("running", OUTCOMES, "without-line", 6), "flagged"),
    (Case("running", OUTCOMES, "flip", 1_003), "flagged"),
    (Case("running", OUTCOMES, "junk-line", 3), "flagged"),
    (Case("running", OUTCOMES, "foreign"), "flagged"),
    (Case("running", OUTCOMES, "fifo"), "flagged"),
    (Case("running", OUTCOMES, "missing"), "flagged"),
    (Case("running", OUTCOMES, "twice-a-line", 6), "equal"),
    (Case("running", OUTCOMES, "garbage-tail", 7), "equal"),
    (Case("waiting", f"files/{VICTIM}/finished/outcomes.jsonl", "without-line", 3), "flagged"),
    (Case("waiting", f"files/{VICTIM}/finished/inputs.jsonl", "doubled"), "flagged"),
    (Case("waiting", PACK, "flip", 20), "flagged"),
    (Case("waiting", PACK, "truncate", 20), "flagged"),
    (Case("waiting", PACK, "garbage-tail", 7), "equal"),
    (Case("waiting", PACK, "missing"), "flagged"),
    (Case("waiting", PACK, "fifo"), "flagged"),
    (Case("waiting", PACK, "link-to-innocent"), "flagged"),
    (Case("waiting", f"files/{VICTIM}/finished/artifacts.jsonl", "fifo"), "equal"),
    (Case("running", f"files/{VICTIM}/running/inputs.jsonl", "swapped-lines", 9), "flagged"),
    (Case("running", f"files/{VICTIM}/running/inputs.jsonl", "sparse"), "flagged"),
    (Case("running", STATE, "deep"), "flagged"),
    (Case("running", f"files/{VICTIM}/running/log.jsonl", "fifo"), "equal"),
    (Case("secrets", f"files/{VICTIM}/secrets.json", "flip", 403), "flagged"),
    (Case("journeys", OF_JOURNEYS, "flip", 203), "flagged"),
    (Case("journeys", OF_JOURNEYS, "truncate", 20), "flagged"),
    (Case("journeys", OF_JOURNEYS, "missing"), "flagged"),
    (Case("journeys", OF_JOURNEYS, "fifo"), "flagged"),
    (Case("journeys", OF_JOURNEYS, "sparse"), "flagged"),
    (Case("journeys", OF_JOURNEYS, "link-to-innocent"), "flagged"),
    (Case("journeys", f"files/{VICTIM}/journeys", "link-to-innocent"), "flagged"),
    (Case("journeys", f"files/{VICTIM}/journeys", "fifo"), "flagged"),
    (Case("library", OF_LIBRARY[0], "flip", 100), "flagged"),
    (Case("library", OF_LIBRARY[0], "missing"), "flagged"),
    (Case("library", OF_LIBRARY[1], "truncate", 5), "flagged"),
    (Case("library", OF_LIBRARY[1], "sparse"), "flagged"),
    (Case("library", OF_LIBRARY[1], "link-to-innocent"), "flagged"),
    (Case("library", OF_LIBRARY[2], "flip", 3), "flagged"),
    (Case("library", OF_LIBRARY[3], "missing"), "flagged"),
    (Case("library", f"files/{VICTIM}/library", "link-to-innocent"), "flagged"),
    (Case("library", f"files/{VICTIM}/library", "fifo"), "flagged"),
]


@pytest.fixture(scope="module")
def bench():
    with workshop() as made:
        yield made


@pytest.mark.parametrize(("case", "ended"), FEARS, ids=lambda value: str(value)[:40])
def test_what_is_feared_ends_as_it_should(bench, case, ended):
    judged = bench.judge(case)
    assert (judged.ended, judged.wrong) == (ended, None)


def test_a_share_of_the_experiment_holds():
    verdict = run(Scale(share=0.008))
    assert [violation.what for violation in verdict.violations] == []
    assert verdict.ran == 80


def test_a_case_is_found_again_by_its_name(bench):
    cases = chosen(bench.scenes, 50, seed=3)
    assert cases == chosen(bench.scenes, 50, seed=3)
    assert [case_of(case.name) for case in cases] == cases

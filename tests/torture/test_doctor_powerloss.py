"""The power goes at any point of a repair: nothing that it takes away is lost, and the next repair
ends what this one began. On the simulated disk of the power-loss experiment."""

from __future__ import annotations

from pathlib import Path

import pytest

from state.codec import decode
from tests.support.data_folders import examined, make_healthy
from tests.support.states import ALICE
from torture.powerloss.files import SimulatedFiles
from torture.powerloss.models import MODELS
from torture.powerloss.platter import Platter

IMAGES_MAX = 4  # of each model at each point
NEWEST = f"sessions/{ALICE}.json"
JOB = f"files/{ALICE}/job-done"
ANYWHERE = Path("simulated")


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """A healthy folder as an image: path -> contents, None for a folder."""
    data = tmp_path_factory.mktemp("healthy") / "data"
    make_healthy(data)
    return {
        str(path.relative_to(data)): None if path.is_dir() else path.read_bytes()
        for path in data.rglob("*")
    }


def newest(image):
    return {**image, NEWEST: b"planted"}


def torn(image):
    path = f"{JOB}/outcomes.jsonl"
    return {**image, path: image[path] + b"planted"}


def middle(image):
    path = f"{JOB}/outcomes.jsonl"
    return {**image, path: b"planted\n" + image[path]}


def stranger(image):
    return {**image, f"files/{ALICE}/notes": b"planted"}


def unmarked(image):
    return {path: content for path, content in image.items() if path != f"active/{ALICE}"}


# A move to quarantine is one rename. The other models tear a rename between two folders apart, as
# no journaling file system does: there it may lose what was moved, and nothing else.
MOVED = (newest, stranger)


@pytest.mark.parametrize("plant", [newest, torn, middle, stranger, unmarked])
def test_a_repair_survives_the_loss_of_power_anywhere(healthy, plant):
    image = plant(healthy)
    whole = SimulatedFiles(image)
    examined(ANYWHERE, repair=True, files=whole)
    assert whole.events
    looked_at = 0
    for point in range(len(whole.events) + 1):
        platter = Platter(image)
        for event in whole.events[:point]:
            platter.take(event)
        for model in MODELS.values():
            for found in model.images(platter, f"{plant.__name__}/{point}", IMAGES_MAX):
                if model.name == "ordered" or plant not in MOVED:
                    assert planted(found) >= planted(image), (model.name, point)
                again = SimulatedFiles(found)
                examined(ANYWHERE, repair=True, files=again)
                left = examined(ANYWHERE, files=again).findings
                assert [x.code for x in left if x.repairable] == [], (model.name, point)
                assert jobs_of(again) == jobs_of(whole), (model.name, point)
                looked_at += 1
    assert looked_at > len(whole.events)


def planted(image):
    return sum((content or b"").count(b"planted") for content in image.values())


def jobs_of(files):
    """What Alice's newest generation says, and the outcomes that it counted."""
    state = decode(ALICE, files.peek(NEWEST)).state
    return state.jobs, state.restored is None, files.peek(f"{JOB}/outcomes.jsonl")

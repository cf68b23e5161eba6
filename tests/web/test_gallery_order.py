"""In which order the pictures of a job are shown, and which of them."""

from __future__ import annotations

from state.model import Counts, Job
from state.views import Artifact
from web.gallery.root import in_order


def job(kind):
    return Job(
        id="one", kind=kind, name=kind, lane=kind, arrival=0, counts=Counts(1), created_at=0.0
    )


def shown(kind, *made):
    images = [Artifact(name, size_bytes=1, modified_at=at) for name, at in made]
    return [image.name for image in in_order(job(kind), images)]


def test_what_is_found_comes_as_it_was_found():
    assert shown("crawl", ("a.png", 3.0), ("b.png", 1.0), ("d.png", 2.0), ("c.png", 2.0)) == [
        "b.png",
        "c.png",
        "d.png",
        "a.png",
    ]


def test_what_is_made_comes_by_its_place_and_without_grids():
    made = [("0000-1.png", 9.0), ("0000-grid-1.png", 1.0), ("0001-1.png", 5.0)]
    assert shown("generate", *made) == ["0000-1.png", "0001-1.png"]

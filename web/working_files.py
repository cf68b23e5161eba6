"""Which files of a job are its results. Of a training the features of single pictures are none: its
last item learns from them. They stand in no list and no archive, and can be had by their names.

Called by `web.results_api`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable

from executors.train.items import FEATURES_FOLDER
from executors.train.spec import TrainSpec

_WORKING = {TrainSpec.kind: FEATURES_FOLDER}


def results_of(kind: str) -> Callable[[str], bool]:
    """Whether a file of that name is a result of such a job."""
    working = _WORKING.get(kind)
    return lambda name: working is None or not name.startswith(working)

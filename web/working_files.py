"""Which files of a job are its results, and what they are called in its archive. Of a training the
features of single pictures are none: its last item learns from them. Of an agent's task the pieces
of its transcript are none: that can be had whole. They stand in no list and no archive, and can be
had by their names.

Called by `web.results_api` and `web.agents`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable

from executors.agent.items import FILES, TRANSCRIPT
from executors.train.items import FEATURES_FOLDER
from executors.train.spec import TrainSpec
from web.agents.kind import KIND


def results_of(kind: str) -> Callable[[str], bool]:
    """Whether a file of that name is a result of such a job."""
    return _RESULTS.get(kind, _everything)


def called_of(kind: str) -> Callable[[str], str]:
    """What a file of that name is called in the archive of such a job."""
    return made_name if kind == KIND else str


def made_name(name: str) -> str:
    """`game/files/main.py`, which the task in the folder `game` has made, is `game/main.py` to
    whoever unpacks it."""
    folder, _, rest = name.partition("/")
    return f"{folder}/{rest.removeprefix(_MADE)}"


_MADE = f"{FILES}/"
_PIECES = f"{TRANSCRIPT}/"


def _everything(name: str) -> bool:
    return True


def _is_model(name: str) -> bool:
    return not name.startswith(FEATURES_FOLDER)


def _is_made(name: str) -> bool:
    return not name.partition("/")[2].startswith(_PIECES)


_RESULTS: dict[str, Callable[[str], bool]] = {TrainSpec.kind: _is_model, KIND: _is_made}

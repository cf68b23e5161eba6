"""What holds for every test: nothing that it logs holds a secret."""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Iterator

import pytest
from structlog.testing import CapturingLogger

from tests.support.canaries import Hunter, refuse

# Values that may look like a desk's id: a job's has the same form. Tracebacks go through the log's
# own redaction, which has tests of its own.
_NOT_LOOKED_AT = frozenset({"job", "exc_info"})


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Two processes more than there are cores, where there are several: four tenths of what the
    tests take is waiting, for Chromium, for servers that are killed and come back, for disks."""
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None  # somebody has said how many; xdist reads that
    cores = len(os.sched_getaffinity(0))
    return cores + 2 if cores > 1 else 1


def pytest_configure() -> None:
    """Processes that share a run meet what sets hold in one order, another one in every run."""
    os.environ.setdefault("PYTHONHASHSEED", str(random.randrange(2**32)))
    gc.disable()


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: each walk of the garbage collector over it
    would take longer than thirty tests. What only it can free of that goes first, or stays too: a
    process had 130 MB of documents that were built while it collected."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
    gc.enable()


@pytest.fixture(scope="session")
def _loggers() -> Iterator[list[CapturingLogger]]:
    """All capturing loggers that were made since the list was emptied."""
    made: list[CapturingLogger] = []
    with pytest.MonkeyPatch.context() as patch:
        original = CapturingLogger.__init__

        def remember(logger: CapturingLogger) -> None:
            original(logger)
            made.append(logger)

        patch.setattr(CapturingLogger, "__init__", remember)
        yield made


@pytest.fixture(autouse=True, scope="module")
def _nothing_left_behind() -> Iterator[None]:
    """After a module: what its tests left goes. A few objects may hold megabytes that the collector
    knows nothing of (trees of XML, pictures), and it counts objects."""
    yield
    gc.collect()
    # What is left lives on, and need not be walked over after the next module.
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_deeper_calls() -> Iterator[None]:
    """After the test: functions may call each other as deep as before. What is refused for being
    nested too deeply would otherwise pass, or end the process, in whatever test comes later."""
    deepest = sys.getrecursionlimit()
    yield
    assert sys.getrecursionlimit() == deepest


@pytest.fixture(autouse=True)
def _no_secrets_logged(_loggers: list[CapturingLogger]) -> Iterator[None]:
    """After the test: what its applications logged, whatever its own assertions were."""
    _loggers.clear()
    yield
    hunter = Hunter()
    refuse(find for said in _said(_loggers) for find in hunter.finds(said.encode(), "a log line"))


def _said(loggers: list[CapturingLogger]) -> Iterator[str]:
    for logger in loggers:
        for call in logger.calls:
            values = {k: v for k, v in call.kwargs.items() if k not in _NOT_LOOKED_AT}
            yield f"{call.args} {values}"

"""All artifacts of a job as one ZIP, made while it is sent: nothing of it is kept anywhere.

zipstream-ng compresses in a thread, a step at a time, and pulls the files from the store through
the loop. Called by `web.results_api`.
"""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack

import trio
from zipstream import ZipStream  # type: ignore[import-untyped]

from actors.ports import Artifact, DeskKey, StoreReads
from web.filenames import safe_names
from web.outcomes import closing
from web.threads import Threads

_STEP_BYTES = 256 * 1024


class Archive:
    """One download. Used by one handler."""

    def __init__(
        self, store: StoreReads, desk: DeskKey, job_id: str, artifacts: Sequence[Artifact]
    ) -> None:
        self._store = store
        self._desk = desk
        self._job_id = job_id
        self._artifacts = artifacts

    async def chunks(self, threads: Threads) -> AsyncIterator[bytes]:
        """The bytes of the archive."""
        archive = ZipStream(compress_type=zipfile.ZIP_DEFLATED, compress_level=6)
        safe = safe_names(artifact.name for artifact in self._artifacts)
        async with AsyncExitStack() as files:
            for artifact, name in zip(self._artifacts, safe, strict=True):
                file = self._store.open_artifact(self._desk, self._job_id, artifact.name)
                archive.add(_pull(await files.enter_async_context(closing(file))), name)
            steps = iter(archive)
            while chunk := await threads.step(lambda: _up_to(steps, _STEP_BYTES)):
                yield chunk


def _pull(chunks: AsyncIterator[bytes]) -> Iterator[bytes]:
    """The chunks of a file, for the thread that compresses. A file is opened at its first chunk."""
    while (chunk := trio.from_thread.run(_next, chunks)) is not None:
        yield chunk


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)


def _up_to(steps: Iterator[bytes], size_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in steps:
        parts.append(part)
        size += len(part)
        if size >= size_bytes:
            break
    return b"".join(parts)

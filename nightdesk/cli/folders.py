"""`nightdesk folders`: where pictures are that jobs can be made of. Added by `cli.app`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.reach import At, Reach
from nightdesk.cli.terminal import clock, put_json, put_table, tell
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words

_HERE = Reach()
PathArgument = Annotated[
    str | None, Parameter(name="PATH", help="A folder of the list; without one: all folders.")
]


class FoldersCommand:
    """Holds the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def folders(self, path: PathArgument = None, /, *, at: At = _HERE) -> int:
        return self._all(at) if path is None else self._one(path, at)

    def _all(self, at: Reach) -> int:
        with at.client(self._words) as client:
            found = client.folders()
        if at.json:
            for folder in found:
                put_json(folder)
            return EXIT_OK
        if not found:
            tell(self._words("folders.none"))
        put_table(
            ("folder", "pictures", "of job", "changed"),
            ((x.path, x.images_n, x.job_id or "", clock(x.modified_at)) for x in found),
        )
        return EXIT_OK

    def _one(self, path: str, at: Reach) -> int:
        with at.client(self._words) as client:
            images = list(client.folder(path))
        if at.json:
            for image in images:
                put_json(image)
            return EXIT_OK
        rows = ((f"{path}/{x.name}", x.size_bytes, clock(x.modified_at)) for x in images)
        put_table(("picture", "bytes", "changed"), rows)
        return EXIT_OK

"""`submit tag`: pictures of this machine, or in folders of the server's, and how to tag them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from executors.folders import SUFFIXES
from nightdesk.cli.handed import handed_over
from nightdesk.cli.kept import id_of, read_file
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.submit import JobOptions
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client import Client


@dataclass(frozen=True, kw_only=True)
class TagOptions:
    """Flags that are not given are left to the server's defaults."""

    folder: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """Folder of the server's (--images-dir), or one in it, such as pets/cats; repeatable."""
    analyzer: Literal["imagenet", "wd14tagger"] | None = None
    """Which model looks at the pictures."""
    threshold: float | None = None
    """How sure of a tag it must be, from 0 to 1."""
    character_threshold: float | None = None
    """The same for tags that name a character (wd14tagger)."""
    top: int | None = None
    """At most so many tags a picture."""
    language: Literal["en", "zh"] | None = None
    """Of the tags of imagenet."""
    save_type: Literal["txt", "json"] | None = None
    """What the file of a picture's tags is."""
    tag_order: Literal["score", "name"] | None = None
    """What the tags of a picture are sorted by."""
    skip: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """Tag to leave out; repeatable."""
    extend: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """Tag that every picture gets; repeatable."""

    def spec(self) -> dict[str, Any]:
        given = {
            "input_dir": [*self.folder] or None,
            "analyzer": self.analyzer,
            "threshold": self.threshold,
            "character_threshold": self.character_threshold,
            "top": self.top,
            "language": self.language,
            "save_type": self.save_type,
            "tag_order": self.tag_order,
            "skip_tags": [*self.skip] or None,
            "extend_tags": [*self.extend] or None,
        }
        return {field: value for field, value in given.items() if value is not None}


_HERE = Reach()
_JOB = JobOptions()
_PLAIN = TagOptions()


class TagCommand:
    """One command; see `nightdesk.cli.app`."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def tag(
        self,
        *pictures: Annotated[str, Parameter(name="PICTURE")],
        job: Annotated[JobOptions, Parameter(name="*")] = _JOB,
        tag: Annotated[TagOptions, Parameter(name="*")] = _PLAIN,
        at: At = _HERE,
    ) -> int:
        """Have pictures tagged: files and folders of this machine, or folders of the server's.

        Parameters
        ----------
        pictures
            A picture, or a folder with some; they are put into the desk's library, each once.
        """
        if bool(pictures) == bool(tag.folder):
            raise UsageError(self._words("tag.one_place"))
        files = [*_files(pictures, self._words)]
        with at.client(self._words) as client:
            made = client.submit(
                [{"picture": id} for id in _kept(client, files, self._words)],
                kind="tag",
                name=job.name or ", ".join(Path(each).name for each in pictures)[:100],
                spec=tag.spec(),
                priority=job.priority,
                lane=job.lane,
                start=job.start or job.wait,
            )
            return handed_over(client, made, at, self._words, wait=job.wait)


def _files(pictures: Sequence[str], words: Words) -> Iterator[str]:
    """The files that are named, and the pictures in the folders that are. Raises UsageError."""
    for named in pictures:
        place = Path(named)
        if not place.is_dir():
            yield named
            continue
        found = [path for path in sorted(place.rglob("*")) if _is_picture(path.relative_to(place))]
        if not found:
            raise UsageError(words("tag.nothing", path=named))
        yield from map(str, found)


def _is_picture(path: Path) -> bool:
    """By its name; hidden files and folders are passed over."""
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.suffix.lower() in SUFFIXES


def _kept(client: Client, files: Sequence[str], words: Words) -> list[str]:
    """The ids of those pictures in the desk's library, where each is put once."""
    if not files:
        return []
    there = {picture.id for picture in client.pictures()}
    ids: dict[str, None] = {}
    for file in files:
        data = read_file(file, words)
        id = id_of(file, hashlib.sha256(data).hexdigest())
        if id not in there:
            client.add_picture(Path(file).name, data, id=id)
            there.add(id)
        ids[id] = None
    return [*ids]

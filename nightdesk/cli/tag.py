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

# Of a job's name that is made of its pictures' names.
NAME_CHARS = 100


@dataclass(frozen=True, kw_only=True)
class TagOptions:
    """Flags that are not given are left to the server's defaults."""

    folder: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """Folder of the server's (--images-dir), or one in it, such as pets/cats; repeatable."""
    analyzer: Literal["imagenet", "wd14tagger", "deepbooru", "clip"] | None = None
    """Which model looks at the pictures."""
    via: Literal["local", "webui"] | None = None
    """Whose model that is: the server's, or its WebUI's."""
    model: str | None = None
    """The WebUI's name of a tagger (wd14tagger by the WebUI; else: its first)."""
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
    save_beside: Annotated[bool, Parameter(negative="")] = False
    """Put the files of tags beside their pictures, too (in folders that may be written)."""
    limit: int | None = None
    """At most so many pictures of the folders."""

    def spec(self) -> dict[str, Any]:
        given = {
            "input_dir": [*self.folder] or None,
            "analyzer": self.analyzer,
            "via": self.via,
            "model": self.model,
            "threshold": self.threshold,
            "character_threshold": self.character_threshold,
            "top": self.top,
            "language": self.language,
            "save_type": self.save_type,
            "tag_order": self.tag_order,
            "skip_tags": [*self.skip] or None,
            "extend_tags": [*self.extend] or None,
            "save_beside": self.save_beside or None,
            "limit": self.limit,
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
        return submit_pictures("tag", pictures, tag.spec(), job, at, self._words)


def submit_pictures(
    kind: str,
    pictures: Sequence[str],
    spec: dict[str, Any],
    job: JobOptions,
    at: Reach,
    words: Words,
) -> int:
    """A job of those of this machine, or of the folders of the server's in its spec. Raises
    UsageError where it is neither, or both."""
    if bool(pictures) == ("input_dir" in spec):
        raise UsageError(words("tag.one_place"))
    files = [*picture_files(pictures, words)]
    called = [Path(each).name for each in pictures] or spec["input_dir"]
    with at.client(words) as client:
        made = client.submit(
            [{"picture": id} for id in kept_pictures(client, files, words)],
            kind=kind,
            name=job.name or ", ".join(called)[:NAME_CHARS],
            spec=spec,
            priority=job.priority,
            lane=job.lane,
            start=job.start or job.wait,
        )
        return handed_over(client, made, at, words, wait=job.wait)


def picture_files(pictures: Sequence[str], words: Words) -> Iterator[str]:
    """The files that are named, and the pictures in the folders that are. Raises UsageError."""
    for named in pictures:
        place = Path(named)
        if not place.is_dir():
            yield named
            continue
        found = [path for path in sorted(place.rglob("*")) if is_picture(path.relative_to(place))]
        if not found:
            raise UsageError(words("tag.nothing", path=named))
        yield from map(str, found)


def is_picture(path: Path) -> bool:
    """By its name; hidden files and folders are passed over."""
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.suffix.lower() in SUFFIXES


def kept_pictures(client: Client, files: Sequence[str], words: Words) -> list[str]:
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

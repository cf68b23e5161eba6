"""Checks the addresses of desks: `check_link` that of one desk, `check_links` what else is in
`links/`, once all desks were looked at. Used by `desk` and `examine`."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from state.desks import is_key
from state.doctor.findings import Problem, Problems
from state.doctor.scene import Scene, entry, foreign, is_temp, left_overs
from state.errors import DeskUnreadable, DeskUnreadableNow
from state.links import LinkFiles
from state.model import DeskState
from state.views import DeskKey, Link


def check_link(scene: Scene, desk: DeskKey, state: DeskState | None) -> Problems:
    """Whether the desk's present link leads to it, without which its user cannot come in, and so
    do those of its shares."""
    if state is None and not (scene.desks.exists(desk) or scene.folders.within(desk)):
        return  # an audit log is all that is left of it
    lost = state is None and (scene.desks.exists(desk) or scene.folders.within(desk))
    if lost or (state is not None and state.restored is not None):
        # The generation that was lost may have had another link: all that lead here may be it.
        scene.links.uncertain.add(desk)
    if state is None:
        return
    for link in sorted(state.links):
        yield from _leads(scene, desk, Link(link))


def _leads(scene: Scene, desk: DeskKey, link: Link) -> Problems:
    files = _files(scene)
    scene.links.named.add(link)
    try:
        yield from entry(scene, scene.layout.links, f"links/{link}")
        found = files.find(link)
        why = "it is not there" if found is None else "it leads to another desk"
    except DeskUnreadableNow as error:
        yield Problem("unreadable", f"links/{link}", str(error))
        return
    except DeskUnreadable as error:
        found, why = None, str(error)
    if found != desk:
        what = f"the link of desk {desk}: {why}"
        yield Problem("link-broken", f"links/{link}", what, partial(_write, files, desk, link))


def _files(scene: Scene) -> LinkFiles:
    return LinkFiles(scene.files, scene.layout.links)


def _write(files: LinkFiles, desk: DeskKey, link: Link) -> str:
    files.save(desk, link)
    return "wrote it anew"


def check_links(scene: Scene) -> Problems:
    """Links that no desk calls its own, and strangers."""
    folder, temps = scene.layout.links, []
    for name in sorted(scene.files.list(folder)):
        path = f"links/{name}"
        if is_temp(scene, folder, name):
            temps.append(name)
        elif not is_key(name):
            yield from foreign(scene, folder, path)
        elif name not in scene.links.named and (yield from entry(scene, folder, path)):
            yield from _loose(scene, Link(name), path)
    yield from left_overs(scene, folder, "links", temps)


def _loose(scene: Scene, link: Link, path: str) -> Generator[Problem, None, None]:
    """While a server is at work it may be about to be used; and one that leads to a desk of which
    the newest state is not known waits for that."""
    if scene.live:
        return
    try:
        desk = _files(scene).find(link)
        why = "the desk has another link, or is gone"
    except DeskUnreadableNow as error:
        yield Problem("unreadable", path, str(error))
        return
    except DeskUnreadable as error:
        desk, why = None, str(error)
    if desk not in scene.links.uncertain:
        mend = partial(scene.aside.move, scene.layout.links, link, path)
        yield Problem("link-superfluous", path, why, mend)

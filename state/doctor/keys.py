"""Checks what signs tokens and cookies: the secret now, and those before it. For `house`."""

from __future__ import annotations

from functools import partial

from state import rotation, secret
from state.atomic import opened
from state.doctor import mending
from state.doctor.findings import Problem, Problems
from state.doctor.scene import Scene, entry
from state.errors import SecretUnusable
from state.files import FILE_MODE, Facts

NAMES = frozenset({secret.NAME, rotation.OLD_NAME})


def check_keys(scene: Scene) -> Problems:
    yield from _present(scene)
    yield from _former(scene)


def _present(scene: Scene) -> Problems:
    files, root = scene.files, scene.layout.root
    try:
        facts = files.facts(root, secret.NAME)
    except FileNotFoundError:
        if files.list(scene.layout.sessions):
            yield Problem("signing-key-missing", secret.NAME, "it is not there")
        return
    if not facts.regular:
        yield Problem("signing-key-unusable", secret.NAME, "it is not a regular file")
        return
    if facts.mode & ~FILE_MODE:
        mend = partial(mending.set_mode, files, root, secret.NAME, FILE_MODE)
        what = f"its mode is {facts.mode:04o}: others may have read it"
        yield Problem("signing-key-unusable", secret.NAME, what, mend)
    if why := secret.weakness(_contents(scene, facts)):
        yield Problem("signing-key-unusable", secret.NAME, f"it {why}")


def _contents(scene: Scene, facts: Facts) -> bytes:
    files, root = scene.files, scene.layout.root
    with opened(files, files.open_read(root, secret.NAME)) as handle:
        return files.read(handle, facts.size_bytes, 0)


def _former(scene: Scene) -> Problems:
    files, root, name = scene.files, scene.layout.root, rotation.OLD_NAME
    if not (yield from entry(scene, root, name)):
        return
    try:
        rotation.read_former(files, root)
    except SecretUnusable as error:
        mend = partial(scene.aside.move, root, name, name)
        yield Problem("former-keys-damaged", name, str(error), mend)

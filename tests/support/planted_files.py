"""Damage to the files of journeys, the library, the copies of jobs and packs: a part of
`tests.support.planted`."""

from __future__ import annotations

import shutil

from state.digests import digest_of
from tests.support.data_folders import DONE, JOURNEYS, PICTURE, TEMPLATE
from tests.support.states import ALICE

HOME = f"files/{ALICE}"
JOB = f"{HOME}/{DONE}"
INDEX = f"{JOB}/artifacts.jsonl"
PACK = f"{JOB}/artifacts-1.pack"
OF_JOURNEYS = f"{HOME}/journeys/{digest_of(JOURNEYS)}.json"
OF_LETTER = f"{HOME}/library/{TEMPLATE.digest}"
COPY = f"{JOB}/assets/{TEMPLATE.digest}"


def at(data, path):
    return data / path


def changed(path, change):
    path.write_bytes(change(path.read_bytes()))


def plant_journeys_damaged(data):
    changed(at(data, OF_JOURNEYS), lambda old: old.replace(b"shop", b"shoq"))


def plant_journeys_gone(data):
    at(data, OF_JOURNEYS).unlink()


def plant_journeys_named_by_nobody(data):
    other = JOURNEYS.replace(b"shop", b"bank")
    path = at(data, f"{HOME}/journeys/{digest_of(other)}.json")
    path.write_bytes(other)
    path.chmod(0o600)


def plant_foreign_journeys(data):
    path = at(data, f"{HOME}/journeys/{'5' * 64}.json")
    path.write_bytes(b"[]")
    path.chmod(0o600)


def plant_template_damaged(data):
    changed(at(data, OF_LETTER), lambda old: old.replace(b"Dear", b"Dead"))


def plant_library_gone(data):
    shutil.rmtree(at(data, f"{HOME}/library"))


def plant_thumbnail_gone(data):
    at(data, f"{HOME}/library/{PICTURE.thumbnail}").unlink()


def plant_template_named_by_nobody(data):
    path = at(data, f"{HOME}/library/{digest_of(b'old')}")
    path.write_bytes(b"old")
    path.chmod(0o600)


def plant_copy_damaged(data):
    changed(at(data, COPY), lambda old: old[:-1])


def plant_copies_gone(data):
    shutil.rmtree(at(data, COPY).parent)


def plant_foreign_copy(data):
    path = at(data, f"{JOB}/assets/{'5' * 64}")
    path.write_bytes(b"")
    path.chmod(0o600)


def plant_artifact_line_torn(data):
    changed(at(data, INDEX), lambda old: old + b'{"name":"letters/C\0')


def plant_bytes_without_a_name(data):
    changed(at(data, PACK), lambda old: old + b"dear C")


def plant_pack_without_a_name(data):
    at(data, f"{JOB}/artifacts-2.pack").write_bytes(b"dear C")
    at(data, f"{JOB}/artifacts-2.pack").chmod(0o600)


def plant_artifact_line_damaged(data):
    changed(at(data, INDEX), lambda old: old.replace(b"Ada", b"Eda"))


def plant_artifact_changed(data):
    changed(at(data, PACK), lambda old: old.replace(b"Ada", b"Eda"))


def plant_artifacts_short(data):
    changed(at(data, PACK), lambda old: old[:-1])


def plant_pack_gone(data):
    at(data, PACK).unlink()


PLANTED_FILES = [
    (plant_journeys_damaged, "journeys-damaged", False),
    (plant_journeys_gone, "journeys-damaged", False),
    (plant_journeys_named_by_nobody, "left-over", True),
    (plant_foreign_journeys, "foreign", True),
    (plant_template_damaged, "library-damaged", False),
    (plant_library_gone, "library-damaged", False),
    (plant_thumbnail_gone, "library-damaged", False),
    (plant_template_named_by_nobody, "left-over", True),
    (plant_copy_damaged, "asset-damaged", False),
    (plant_copies_gone, "asset-damaged", False),
    (plant_foreign_copy, "foreign", True),
    (plant_artifact_line_torn, "artifacts-torn", True),
    (plant_bytes_without_a_name, "artifacts-torn", True),
    (plant_pack_without_a_name, "artifacts-torn", True),
    (plant_artifact_line_damaged, "artifacts-damaged", True),
    (plant_artifact_changed, "artifacts-lost", False),
    (plant_artifacts_short, "artifacts-lost", False),
    (plant_pack_gone, "artifacts-lost", False),
]

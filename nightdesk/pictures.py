"""The folders with pictures and models that the operator names: --images-dir and --tagger-dir.

Read by `nightdesk.serve` before anything is touched.
"""

from __future__ import annotations

from pathlib import Path

from executors.folders import Folders, path_reason
from executors.vision.place import models_folder
from nightdesk.config import Config
from nightdesk.ranges import ConfigError

# onnxruntime chooses its code by what is told here.
PROCESSOR = ("/proc/cpuinfo", "/sys/devices/system/cpu")
# What a folder with a tagger of WD14's making has in it.
TAGGER_FILES = ("model.onnx", "selected_tags.csv")


# What follows a folder's name: whether its pictures may be removed, and tags be put beside them. A
# folder that is called so is named with the other behind it.
TO_WRITE, TO_READ = ":rw", ":ro"


def opened_folders(config: Config) -> Folders:
    """Those of --images-dir, by name. Raises ConfigError."""
    folders: dict[str, Path] = {}
    writable = []
    for text in config.images_dir:
        name, equals, place = text.partition("=")
        if not equals or "/" in name or path_reason(name) is not None:
            raise ConfigError(f"--images-dir {text}: must be NAME=FOLDER, the name without slashes")
        if name in folders:
            raise ConfigError(f"--images-dir {text}: there is another folder of that name")
        if place.endswith(TO_WRITE):
            writable.append(name)
        place = place.removesuffix(TO_WRITE).removesuffix(TO_READ)
        folders[name] = _folder("--images-dir", text, Path(place).expanduser())
    return Folders(folders, writable)


def tagger_folder(config: Config) -> Path | None:
    """That of --tagger-dir. Raises ConfigError."""
    if not config.tagger_dir:
        return None
    folder = _folder("--tagger-dir", config.tagger_dir, Path(config.tagger_dir).expanduser())
    for name in TAGGER_FILES:
        if not (folder / name).is_file():
            raise ConfigError(f"--tagger-dir {config.tagger_dir}: there is no {name} in it")
    return folder


def readable_folders(config: Config) -> tuple[str, ...]:
    """What jailed workers may read besides their libraries: what their processor can do, models,
    and nothing of a user's."""
    tagger = tagger_folder(config)
    return (*PROCESSOR, str(models_folder()), *([] if tagger is None else [str(tagger)]))


def _folder(flag: str, text: str, place: Path) -> Path:
    if not place.is_dir():
        raise ConfigError(f"{flag} {text}: there is no such folder")
    return place.resolve()

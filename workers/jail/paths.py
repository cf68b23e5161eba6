"""What a worker must be able to read: Python, its libraries, our code, the system's libraries.

Used by `workers.jail.enter`. The folder of our packages is not among them: in a checkout the data
folder lies beside them. So the packages are named one by one, and must have been imported.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import actors
import executors
import state
import workers

# The layers that an executor may import, and its own. They are imported before the folder that they
# are in cannot be listed any more.
_PACKAGES = (workers, executors, actors, state)
_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share",
    "/usr/local/lib",
    "/nix/store",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/dev/urandom",
)
_INSTALLED = ("site-packages", "dist-packages")
_PROGRAMS = ("/bin", "/usr/bin", "/usr/local/bin")

DEVICES = (Path("/dev/null"),)


def readable_paths(*, programs: bool) -> list[Path]:
    """Files and folders; some may not be there."""
    ours = [Path(package.__path__[0]).resolve() for package in _PACKAGES]
    named = [entry for entry in sys.path if entry]
    named += [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    named += [sysconfig.get_config_var("LIBDIR") or ""]
    # In a checkout the first of these is the project's folder, which is on the path as well.
    beside = {path.parent for path in ours if path.parent.name not in _INSTALLED}
    python = [
        path for path in (Path(name).resolve() for name in named if name) if path not in beside
    ]
    return [*ours, *python, *map(Path, _SYSTEM), *map(Path, _PROGRAMS if programs else ())]

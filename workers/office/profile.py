"""The settings that LibreOffice starts with: nothing of a document runs, and nothing is fetched.

The jail would hold it all the same. Written by `workers.office.tool` before the start, into a
folder that is the worker's own. Pure but for `write_profile`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

_COMMON = "/org.openoffice.Office.Common"
_WRITER = "/org.openoffice.Office.Writer"
_RECOVERY = "/org.openoffice.Office.Recovery"

SETTINGS: Mapping[tuple[str, str], str] = {
    (f"{_COMMON}/Security/Scripting", "MacroSecurityLevel"): "3",
    (f"{_COMMON}/Security/Scripting", "DisableMacrosExecution"): "true",
    (f"{_COMMON}/Security/Scripting", "BlockUntrustedRefererLinks"): "true",
    (f"{_COMMON}/Security/Scripting", "DisableActiveContent"): "true",
    # What is linked into a document is never fetched anew.
    (f"{_WRITER}/Content/Update", "Link"): "2",
    # Of what was open and of what is to be recovered nothing is kept.
    (f"{_COMMON}/History", "Size"): "0",
    (f"{_COMMON}/History", "PickListSize"): "0",
    (f"{_RECOVERY}/AutoSave", "Enabled"): "false",
    (f"{_RECOVERY}/RecoveryInfo", "Enabled"): "false",
    (f"{_COMMON}/Misc", "UseOpenCL"): "false",
}

_FILE = "registrymodifications.xcu"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry"'
    ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
)


def as_xml(settings: Mapping[tuple[str, str], str]) -> str:
    """As LibreOffice reads them. One that its version does not have is left alone by it."""
    items = [
        f"<item oor:path={quoteattr(path)}><prop oor:name={quoteattr(name)}"
        f' oor:op="fuse"><value>{value}</value></prop></item>\n'
        for (path, name), value in settings.items()
    ]
    return "".join([_HEAD, *items, "</oor:items>\n"])


def write_profile(folder: Path) -> None:
    """Raises OSError."""
    user = folder / "user"
    user.mkdir(parents=True, exist_ok=True)
    (user / _FILE).write_text(as_xml(SETTINGS))

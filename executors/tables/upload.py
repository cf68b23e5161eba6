"""What is said of an uploaded table besides its bytes."""

from __future__ import annotations

from msgspec import Struct

# What needs a reader; the plain kinds are `.txt` and `.csv`.
PACKED_KINDS = ("xlsx", "zip")


class Upload(Struct, frozen=True):
    """The name that the upload came under, and the sheet that is wanted of a workbook."""

    name: str
    sheet: str | None = None


def suffix_of(name: str) -> str:
    """What a name says of the kind, in lower case; empty where it says nothing."""
    return name.rpartition(".")[2].lower() if "." in name else ""

"""What the embedded model knows, by its class: names in English and in Chinese.

The names are those of CLIP benchmark (MIT, `labels.LICENSE.txt`); two classes have one name where
two synsets of ImageNet mean one thing. Used by `executors.tag`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def labels(language: Language) -> tuple[str, ...]:
    """A name for each class, in their order."""
    lines = Path(__file__).with_name("labels.tsv").read_text("utf-8").splitlines()
    return tuple(line.split("\t")[LANGUAGES.index(language)] for line in lines)

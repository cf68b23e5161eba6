"""The formats of templates and of documents, and which can be made from which. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Format = Literal["docx", "pdf", "html", "md", "txt"]

FORMATS: tuple[Format, ...] = get_args(Format)

# What a template of each format can become.
BECOMES: Mapping[Format, tuple[Format, ...]] = {
    "docx": ("docx", "pdf"),
    "html": ("html", "pdf"),
    "md": ("md", "html", "pdf"),
    "txt": ("txt",),
}

MEDIA_TYPES: Mapping[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


def template_format(name: str) -> Format | None:
    """What the name of an uploaded template says; None where no template has such a name."""
    suffix = name.rpartition(".")[2].lower()
    return next((format for format in BECOMES if format == suffix), None)


def pool_for(template: Format, output: Format) -> str:
    """The pool whose workers make the one into the other."""
    if output != "pdf":
        return "cpu"
    return "office" if template == "docx" else "browser"

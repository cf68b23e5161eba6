"""A template for the libraries of tortured desks: another for each revision, of the same facts."""

from __future__ import annotations

from state.digests import digest_of
from state.library import Template

FACTS = b'{"format":"txt"}'


def letter(revision: int) -> tuple[Template, bytes]:
    """The template, and the bytes that its digest names; `FACTS` are what its facts name."""
    data = f"Dear {{{{ name }}}}, as of {revision}".encode()
    template = Template(
        id="letter",
        name="Letter",
        digest=digest_of(data),
        facts=digest_of(FACTS),
        format="txt",
        size_bytes=len(data),
        version=revision + 1,
    )
    return template, data

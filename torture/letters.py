"""A template and a picture for the libraries of tortured desks: others for each revision, of the
same facts."""

from __future__ import annotations

from state.digests import digest_of
from state.library import Picture, Template

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


def logo(revision: int) -> tuple[Picture, tuple[bytes, bytes]]:
    """The picture, and the bytes that its digest and its thumbnail name. Nobody looks at them."""
    data, small = (f"{which} logo, as of {revision}".encode() for which in ("large", "small"))
    picture = Picture(
        id="logo",
        name="Logo",
        digest=digest_of(data),
        thumbnail=digest_of(small),
        format="png",
        width=2,
        height=1,
        size_bytes=len(data),
    )
    return picture, (data, small)

"""A template, a picture, a preset and a model for the libraries of tortured desks: others for each
revision, of the same facts."""

from __future__ import annotations

from state.digests import digest_of
from state.library import Model, Picture, Preset, Template

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


def soft(revision: int) -> tuple[Preset, bytes]:
    """The preset, and the bytes that its digest names."""
    data = f'{{"prompt":"as of {revision}"}}'.encode()
    preset = Preset(id="soft", name="Soft", digest=digest_of(data), size_bytes=len(data))
    return preset, data


def pets(revision: int) -> tuple[Model, bytes]:
    """The model, and the bytes that its digest names; `FACTS` are what its facts name."""
    data = f"a head, as of {revision}".encode()
    model = Model(
        id="pets",
        name="Pets",
        digest=digest_of(data),
        facts=digest_of(FACTS),
        job_id="gone",
        labels_n=2,
        accuracy=0.5,
        pictures_n=4,
        size_bytes=len(data),
    )
    return model, data

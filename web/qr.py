"""Addresses as QR codes. Pure; used by `web.shares_api`.

An address is a key, so a code is made of what is known already: none is asked for in an address.
"""

from __future__ import annotations

import io

import segno

# Dark on light with its quiet zone, also on a dark page: what reads codes expects that.
_QUIET_MODULES = 4


def svg(address: str) -> str:
    """A picture that is as large as its frame."""
    code = segno.make(address, error="m", micro=False)
    picture = io.BytesIO()
    code.save(
        picture,
        kind="svg",
        border=_QUIET_MODULES,
        dark="#000",
        light="#fff",
        omitsize=True,
        xmldecl=False,
        nl=False,
    )
    return picture.getvalue().decode()

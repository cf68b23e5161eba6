"""Where a server-side browser may be sent. Pure; for the plans and runs of browser kinds.

The egress decides on connections, and a good part of what a browser can show needs none: files of
this machine, its own pages, addresses that are documents themselves. A page from the network cannot
lead there, Chromium sees to that; whoever drives the browser can, so every address that is handed
to it, and every one that it turns out to be at, goes through here.
"""

from __future__ import annotations

from executors.urls import parse_url

# Where a browser is before its first page and after a refused one; it shows nothing.
BLANK = frozenset({"about:blank", "chrome-error://chromewebdata/"})


def navigable(url: str) -> str | None:
    """Why the browser must not be sent there; None where it may. For what a user wrote.

    An address is read exactly as for a fetch, so that `view-source:`, `blob:` and `filesystem:`
    around an http address are schemes of their own, and refused like every other.
    """
    try:
        parse_url(url)
    except ValueError as error:
        return str(error)
    return None


def arrived(url: str) -> str | None:
    """Why a page must not be kept that turns out to be at this address; None where it may.

    For the main frame after a navigation, and for each window that a page opened. A new one is
    blank for a moment, and so is one whose address was refused.
    """
    if url in BLANK or url.startswith("about:blank#"):
        return None
    return navigable(url)

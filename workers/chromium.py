"""How Chromium is started so that the gateway is its only way out. Pure; for the browser pool.

The gateway (`workers.net.gateway`) decides where connections go. What is here makes Chromium ask it
for every one of them. `tests/e2e/test_browser_egress.py` holds a real one to it, and
`docs/decisions/0011-browser-egress.md` says what was seen without each part.
"""

from __future__ import annotations

from typing import TypedDict

# Chromium goes to loopback and link-local addresses itself unless this rule takes that back.
BYPASS_NOTHING = "<-loopback>"

ONLY_BY_PROXY = (
    f"--proxy-bypass-list={BYPASS_NOTHING}",
    # No name is looked up and no address connected to but the gateway's, whatever part of the
    # network stack forgets the proxy. The gateway, which is at these two, looks names up.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE 127.86.0.1",
    # WebRTC speaks UDP around every proxy. Which of the two names is heard depends on the build,
    # and the other is ignored without a word.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # HTTP/3 and WebTransport are UDP too.
    "--disable-quic",
)

# It starts no conversation of its own: updates, reports, lists, predictions.
QUIET = (
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
)

# Features that are on and not wanted: to be added to those that Playwright switches off, which are
# one argument, of which Chromium heeds the last. `workers.browser.starter` does that.
FEATURES_OFF = (
    # What forms look like is sent to a server of Google's.
    "AutofillServerCommunication",
    # A process kept ready for the next site of a context. Contexts here are left after a site or
    # two, so most of them were started and ended unused: a fifth of what a visit costs. Which pages
    # share a process is not touched by it.
    "SpareRendererForSitePerProcess",
)

# What the process gets to know. Chromium reads proxies, languages and folders from here; in the
# locale C it cannot open a file whose name is not ASCII.
ENVIRONMENT_NAMES = ("PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR")
LOCALE = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


class ProxySetting(TypedDict, total=False):
    """The `proxy` of Playwright, for a launch or a context."""

    server: str
    bypass: str
    username: str
    password: str


def arguments() -> list[str]:
    """The arguments of a launch besides the proxy. `--disable-features` is not among them: a second
    one replaces Playwright's own (see FEATURES_OFF)."""
    return [*ONLY_BY_PROXY, *QUIET]


def plain_proxy(address: str) -> ProxySetting:
    """The gateway with nothing to show: for the launch, so that what belongs to no context goes
    nowhere, and for the context of a page, whose address is a door of its own."""
    return {"server": address, "bypass": BYPASS_NOTHING}


def context_proxy(address: str, username: str, password: str) -> ProxySetting:
    """For the context of a page that has no door: the gateway with the page's pass."""
    return {**plain_proxy(address), "username": username, "password": password}


def environment(of: dict[str, str]) -> dict[str, str]:
    """What Chromium may know of the worker's environment."""
    return {name: of[name] for name in ENVIRONMENT_NAMES if name in of} | LOCALE

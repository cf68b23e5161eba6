"""The addresses that a server-side browser may be sent to, and what it may be found at."""

from __future__ import annotations

import pytest

from executors.navigation import arrived, navigable

REFUSED = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "file:/etc/passwd",
    "file://localhost/etc/passwd",
    " file:///etc/passwd",
    "fi\tle:///etc/passwd",
    "view-source:file:///etc/passwd",
    "view-source:http://example.com/",
    "chrome://version",
    "chrome://net-internals",
    "chrome-extension://x/y",
    "chrome-untrusted://print/",
    "devtools://devtools/bundled/inspector.html",
    "data:text/html,<script>x()</script>",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "blob:http://example.com/9115d58c",
    "filesystem:http://example.com/temporary/x",
    "ftp://example.com/",
    "gopher://example.com/",
    "ws://example.com/",
    "wss://example.com/",
    "about:version",
    "about:blank",
    "mailto:a@example.com",
    "intent://x#Intent;scheme=http;end",
    "http:example.com",
    "http:/example.com",
    "//example.com/",
    "/etc/passwd",
    "",
    "http://user:pw@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://ex\x00ample.com/",
]


@pytest.mark.parametrize("url", REFUSED)
def test_the_browser_is_not_sent_there(url):
    assert navigable(url)


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://example.com:8443/a?b#c", "HTTPS://Example.COM"]
)
def test_the_browser_may_be_sent_there(url):
    assert navigable(url) is None
    assert arrived(url) is None


@pytest.mark.parametrize(
    "url", ["about:blank", "about:blank#blocked", "chrome-error://chromewebdata/"]
)
def test_a_page_may_be_blank(url):
    assert arrived(url) is None


@pytest.mark.parametrize("url", [url for url in REFUSED if url != "about:blank"])
def test_a_page_that_is_there_is_not_kept(url):
    assert arrived(url)

"""A site for a real browser to be driven through: good pages, and every kind of bad one.

On loopback, for tests and benchmarks: `await nursery.start(site.run)`, then `site.url("/login")`.
What was asked of it is in `site.asked`.
"""

from __future__ import annotations

import base64
import html
from collections import Counter
from urllib.parse import parse_qs

import trio

from tests.support.target import Conversation, Target

USER, PASSWORD = "ada", "correct horse"
SESSION = "session=signed-in"
# An address where nobody answers, that nobody may go to.
PRIVATE = "http://10.255.255.1/"

LINKS = (
    ("/books", "Books"),
    ("/logout", "Sign out"),
    ("/music", "Music"),
    ("/books#new", "New books"),
    ("/account/delete", "Close it"),
    ("/prices.pdf", "Price list"),
    ("mailto:shop@example.com", "Write to us"),
    ("http://elsewhere.example/", "A friend"),
    ("/gone", "An old page"),
    ("javascript:void(0)", "Menu"),
)

PAGES = {
    "/": "<h1>Welcome</h1><nav>"
    + " ".join(f'<a href="{href}">{text}</a>' for href, text in LINKS)
    + '<a href="/hidden" style="display:none">Hidden</a></nav><a href="/">Here</a>',
    "/books": "<h1>Books</h1><a href='/'>Home</a><a href='/music'>Music</a>",
    "/music": "<h1>Music</h1><p id=said>Tea &amp; biscuits</p>",
    "/lonely": "<h1>Nothing leads from here</h1>",
    "/traps": "<h1>Traps</h1><a href=/vanishing>Vanishing</a> <a href=/music>Music</a>",
    "/vanishing": "<h1>Vanishing</h1><script>location = 'about:blank'</script>",
    "/hidden": "<h1>Hidden</h1>",
    "/account/delete": "<h1>Deleted</h1>",
    "/long": "<h1>Long</h1><div style='height:200000px'></div><p id=end>The end</p>",
    "/vast": "<h1>Vast</h1><div style='width:10000000px;height:10000000px'></div><script>"
    "Object.defineProperty(window, 'innerWidth', {get() {return 'x'}});"
    "document.title = console.log('\\ud800') || '\\ud800';"
    "history.pushState(null, '', '/vast?' + 'a'.repeat(1500000))</script>",
    "/login": "<form action=/session method=post><input id=user name=user>"
    "<input id=password name=password><select id=team name=team><option value=a>A"
    "<option value=b>B</select><button>Sign in</button></form>",
    "/leak": "<form action=/echo><input id=word name=word><button>Go</button></form>",
    "/dialogs": "<p id=said></p><script>"
    "said.textContent = String(confirm('Sure?')) + prompt('Name?', 'x')</script>",
    "/leaving": "<button onclick='window.touched = 1'>Touch</button><script>"
    "addEventListener('beforeunload', event => {event.preventDefault(); event.returnValue = 1})"
    "</script>",
    "/alerts": "<h1>Alerts</h1><script>setTimeout(() => {for (;;) alert('again')}, 50)</script>",
    "/popup": "<h1>Opener</h1><script>open('/music')</script>",
    "/popups": "<h1>Popups</h1><script>for (let i = 0; i < 1000; i++) open('/music?' + i)</script>",
    "/popup-blob": "<script>open(URL.createObjectURL(new Blob(['x'])))</script>",
    "/loop": "<h1>Loop</h1><script>setTimeout(() => {for (;;);}, 50)</script>",
    # So many that it is slow, and no more: what it is ended for is its time and not its memory.
    "/nodes": "<h1>Nodes</h1><script>setInterval(() => {for (let i = 0; i < 2000; i++) {"
    "if (document.body.childElementCount > 60000) document.body.lastChild.remove();"
    "document.body.append(document.createElement('i'))}}, 20)</script>",
    # Over every limit of a page, and not over what a browser may have.
    "/memory": "<h1>Memory</h1><script>const held = []; setInterval(() => {"
    "if (held.length < 20) held.push(new Uint8Array(64e6).fill(1))}, 50)</script>",
    "/noise": "<h1>Noise</h1><script>console.log('first'); console.error('second');"
    "setTimeout(() => {throw new Error('third')})</script>",
    "/shouting": "<h1>Shouting</h1><script>"
    "for (let i = 0; i < 3000; i++) console.log('line ' + i)</script>",
    "/closing": "<h1>Closing</h1><script>setTimeout(() => close(), 50)</script>",
    "/crash": "<h1>Crash</h1>",
    "/table": "<table id=prices><tr><th>Book<th>Price<tr><td>Tea<td>3<tr><td colspan=2>Sum"
    "</table><p class=note>One</p><p class=note>Two</p><a href=/books>Books</a>",
    "/lazy": "<div id=list></div><script>let n = 0; const more = () => {for (let i = 0; i < 20;"
    "i++) {const p = document.createElement('p'); p.textContent = 'Row ' + ++n; p.style.height ="
    "'80px'; list.append(p)}}; more(); addEventListener('scroll', () => {if (n < 60 && scrollY +"
    "innerHeight > document.body.scrollHeight - 50) setTimeout(more, 20)})</script>",
    "/covered": "<button id=buy>Buy</button><div style='position:fixed;inset:0'></div>",
    "/script": "<h1>Endless script</h1><script src=/trickle></script>",
    "/endless-image": "<h1>Endless image</h1><img src=/silent>",
    "/refused-image": f"<h1>Refused image</h1><img src={PRIVATE}x.png>",
    "/to-private": f"<a href={PRIVATE}>Inside</a>",
    "/mine": "<p id=said></p><script>said.textContent = [Intl.DateTimeFormat().resolvedOptions()"
    ".timeZone, navigator.language, navigator.userAgent, innerWidth].join('|')</script>",
}
REDIRECTS = {
    "/redirect": "/music",
    "/redirect-private": PRIVATE,
    "/redirect-file": "file:///etc/passwd",
    "/round": "/round",
    "/logout": "/",
}


class JourneySite(Target):
    """The server. `visits` counts the answers of each path."""

    def __init__(self) -> None:
        super().__init__()
        self.visits: Counter[str] = Counter()
        # How often `/busy` still answers 503.
        self.busy = 1
        # Where `/away` redirects to.
        self.away = PRIVATE
        for path, body in PAGES.items():
            self.handlers[path] = _page(body)
        for path, location in REDIRECTS.items():
            self.handlers[path] = _redirect(location)
        self.handlers |= {
            "/session": _session,
            "/account": _account,
            "/download": _download,
            "/silent": _silent,
            "/guarded": _guarded,
            "/echo": _echo,
            "/busy": self._busy,
            "/away": self._away,
            "/empty": _empty,
            "/favicon.ico": _nothing,
            "/trickle": _trickle,
            "/broken": _broken,
        }
        for path, handler in list(self.handlers.items()):
            self.handlers[path] = self._counted(path, handler)

    def _counted(self, path, handler):
        async def handle(talk: Conversation) -> None:
            self.visits[path] += 1
            await handler(talk)

        return handle

    async def _away(self, talk: Conversation) -> None:
        await talk.respond(status="302 Found", location=self.away)

    async def _busy(self, talk: Conversation) -> None:
        if self.busy:
            self.busy -= 1
            await talk.respond(b"later", status="503 Service Unavailable", retry_after="7")
        else:
            await talk.respond(document("<h1>Now</h1>"), content_type="text/html")


def document(body: str, title: str = "Site") -> bytes:
    return f"<!doctype html><meta charset=utf-8><title>{title}</title>{body}".encode()


def _page(body: str):
    async def handle(talk: Conversation) -> None:
        await talk.respond(document(body), content_type="text/html")

    return handle


def _redirect(location: str):
    async def handle(talk: Conversation) -> None:
        await talk.respond(status="302 Found", location=location)

    return handle


async def _session(talk: Conversation) -> None:
    asked = parse_qs(talk.asked.body.decode())
    good = asked.get("user") == [USER] and asked.get("password") == [PASSWORD]
    if good:
        await talk.respond(status="303 See Other", location="/account", set_cookie=SESSION)
    else:
        await talk.respond(document("<h1>Wrong</h1>"), content_type="text/html")


async def _account(talk: Conversation) -> None:
    known = SESSION in talk.asked.headers.get("cookie", "")
    body = f"<h1>Hello, {USER}</h1>" if known else "<h1>Sign in first</h1>"
    await talk.respond(document(body, "Account"), content_type="text/html")


async def _download(talk: Conversation) -> None:
    await talk.respond(b"x" * 1_000, content_disposition="attachment; filename=list.bin")


async def _silent(talk: Conversation) -> None:
    await trio.sleep_forever()


async def _guarded(talk: Conversation) -> None:
    wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    if talk.asked.headers.get("authorization") == wanted:
        await talk.respond(document("<h1>Inside</h1>"), content_type="text/html")
    else:
        realm = 'Basic realm="site"'
        await talk.respond(status="401 Unauthorized", www_authenticate=realm)


async def _echo(talk: Conversation) -> None:
    """The request as it came, as text of the page."""
    lines = [talk.asked.target, *(f"{name}: {text}" for name, text in talk.asked.headers.items())]
    body = f"<pre id=said>{html.escape(chr(10).join(lines))}</pre>"
    await talk.respond(document(body, "Echo"), content_type="text/html")


async def _empty(talk: Conversation) -> None:
    await talk.respond(status="503 Service Unavailable")


async def _trickle(talk: Conversation) -> None:
    """A script that never comes to its end."""
    await talk.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\n\r\n")
    while True:
        await talk.send(b"/* more */ ")
        await trio.sleep(0.1)


async def _nothing(talk: Conversation) -> None:
    await talk.respond(status="204 No Content")


async def _broken(talk: Conversation) -> None:
    talk.reset()

"""A page that tries every way out of a browser, each to a canary's address of its own.

`URL` stands for the address that the way asks for, also as `QUOTED`. So the record of the gateway,
or of the canaries, says by the address which of the ways were tried and got there.
"""

from __future__ import annotations

from urllib.parse import quote

MARKUP = {
    "iframe": '<iframe src="URL"></iframe>',
    "img": '<img src="URL">',
    "img-srcset": '<img srcset="URL 1x">',
    "picture": '<picture><source srcset="URL"><img alt=""></picture>',
    "input-image": '<input type="image" src="URL">',
    "script": '<script src="URL"></script>',
    "module": '<script type="module" src="URL"></script>',
    "stylesheet": '<link rel="stylesheet" href="URL">',
    "css-import": '<style>@import url("URL");</style>',
    "css-background": '<div style="background:url(URL);width:9px;height:9px"></div>',
    "css-font": '<style>@font-face{font-family:f;src:url(URL)}</style><p style="font-family:f">f',
    "video": '<video src="URL" preload="auto"></video>',
    "video-poster": '<video poster="URL"></video>',
    "audio": '<audio src="URL" preload="auto"></audio>',
    "object": '<object data="URL"></object>',
    "embed": '<embed src="URL">',
    "svg-image": '<svg><image href="URL" width="9" height="9"/></svg>',
    "prefetch": '<link rel="prefetch" href="URL">',
    "preload": '<link rel="preload" as="image" href="URL">',
    "modulepreload": '<link rel="modulepreload" href="URL">',
    "meta-refresh": '<iframe src="/meta-refresh?to=QUOTED"></iframe>',
    "refresh-header": '<iframe src="/refresh-header?to=QUOTED"></iframe>',
    "link-header": '<iframe src="/link-header?to=QUOTED"></iframe>',
    "frame-302": '<iframe src="/302?to=QUOTED"></iframe>',
    "frame-307": '<iframe src="/307?to=QUOTED"></iframe>',
    "img-302": '<img src="/302?to=QUOTED">',
    "img-308": '<img src="/308?to=QUOTED">',
    "form": '<iframe name="posted"></iframe>'
    '<form id="f" method="post" target="posted" action="URL"></form><script>f.submit()</script>',
    "ping": '<a id="pinged" href="#x" ping="URL">x</a><script>pinged.click()</script>',
    "download": '<iframe src="/download?to=QUOTED"></iframe>',
}

SCRIPTS = {
    "fetch": "fetch(url)",
    "fetch-no-cors": "fetch(url, {mode: 'no-cors'})",
    "fetch-keepalive": "fetch(url, {keepalive: true, mode: 'no-cors'})",
    "fetch-preflight": "fetch(url, {method: 'PUT', headers: {'x-a': 'b'}})",
    "fetch-302": "fetch('/302?to=QUOTED', {mode: 'no-cors'})",
    "xhr": "(r => { r.open('GET', url); r.send(); })(new XMLHttpRequest())",
    "beacon": "navigator.sendBeacon(url, 'x')",
    "event-source": "new EventSource(url)",
    "websocket": "new WebSocket(url.replace('http', 'ws'))",
    "websocket-tls": "new WebSocket(url.replace('http', 'wss'))",
    "https": "fetch(url.replace('http', 'https'), {mode: 'no-cors'})",
    "dynamic-import": "import(url)",
    "window-open": "open(url)",
    "image-object": "new Image().src = url",
    "worker": "new Worker('/worker.js?to=QUOTED')",
    "worker-import": "new Worker('/worker-import.js?to=QUOTED')",
    "worker-websocket": "new Worker('/worker-websocket.js?to=QUOTED')",
    "shared-worker": "new SharedWorker('/worker.js?to=QUOTED')",
    "service-worker": "navigator.serviceWorker.register('/worker.js?to=QUOTED')",
}

# Nothing of HTTP: WebRTC gathers its candidates, WebTransport opens a connection over UDP. Where
# the machine has no network but loopback, the first gathering of a browser never ends: `stun`, of
# which nothing is expected, is waited for a while and no longer.
_GATHER = """async () => {
  const peer = new RTCPeerConnection(
    {iceServers: [{urls: 'SERVER', username: 'u', credential: 'p'}]});
  peer.createDataChannel('x');
  const gathered = new Promise(done => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done(); });
  const found = [];
  peer.onicecandidate = event => event.candidate && found.push(event.candidate.candidate);
  await peer.setLocalDescription(await peer.createOffer());
  await Promise.race([gathered, new Promise(done => setTimeout(done, PATIENCE_MS))]);
  return found;
}"""


def _gather(server: str, *, patience_ms: int) -> str:
    return _GATHER.replace("SERVER", server).replace("PATIENCE_MS", str(patience_ms))


PEERS = {
    "stun": _gather("stun:HOST:PORT", patience_ms=5_000),
    "turn": _gather("turn:HOST:PORT?transport=udp", patience_ms=60_000),
    "turn-tcp": _gather("turn:HOST:PORT?transport=tcp", patience_ms=60_000),
    "turn-tls": _gather("turns:HOST:PORT?transport=tcp", patience_ms=60_000),
    "web-transport": "async () => {"
    " await new WebTransport('https://HOST:PORT/x').ready.catch(() => 0); return []; }",
}

WORKERS = {
    "/worker.js": "fetch(to, {mode: 'no-cors'}).catch(() => 0)",
    "/worker-import.js": "importScripts(to)",
    "/worker-websocket.js": "new WebSocket(to.replace('http', 'ws'))",
}

WAYS = (*MARKUP, *SCRIPTS)


def literal_of(way: str) -> str:
    """The loopback address that is this way's alone."""
    number = [*WAYS, *PEERS].index(way)
    return f"127.1.0.{number + 1}"


def name_of(way: str) -> str:
    return f"{way}.canary.example"


def page_of(hosts: dict[str, str], port: int) -> bytes:
    """All the ways, each to its host."""
    parts = ["<!doctype html><meta charset=utf-8><title>hostile</title><body>"]
    for way, host in hosts.items():
        url = f"http://{host}:{port}/{way}"
        text = MARKUP.get(way) or (
            f"<script>(async url => {SCRIPTS[way]})('URL').catch(() => 0)</script>"
        )
        parts.append(text.replace("URL", url).replace("QUOTED", quote(url, safe="")))
    return "\n".join(parts).encode()


def peer_of(way: str, host: str, port: int) -> str:
    """JavaScript that returns once this way has been tried."""
    return PEERS[way].replace("HOST", host).replace("PORT", str(port))


def worker_of(path: str) -> bytes:
    return f"const to = new URL(location.href).searchParams.get('to'); {WORKERS[path]};".encode()

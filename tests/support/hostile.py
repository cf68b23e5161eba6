"""Texts that act where they are shown carelessly: one table for the page, the command line, the
log and the exports. `STEERING` finds what no output may hold."""

from __future__ import annotations

import re

_ZALGO = "".join(chr(0x300 + at % 0x70) for at in range(200))

TEXTS = {
    "html image": '<img src=x onerror="alert(1)">',
    "html out of an attribute": '"><svg/onload=alert(1)>',
    "html out of a script": "</script><script>alert(1)</script>",
    "html out of a title": "</title></textarea><style>*{display:none}</style><base href=//evil/>",
    "html entity": "&lt;img src=x onerror=alert(1)&gt;&#x1b;",
    "template": "${alert(1)} {{7*7}} {name} %s %(a)s {0.__class__}",
    "markup of a terminal library": "[bold red]x[/] [link=http://evil.example]y[/link]",
    "colour": "\x1b[31mred\x1b[0m",
    "clear the screen": "\x1b[2J\x1b[H",
    "write the clipboard (OSC 52)": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "link (OSC 8)": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "window title (OSC 0)": "\x1b]0;evil\x07",
    "device status": '\x1b[6n\x1bP$q"p\x1b\\',
    "CSI in one character": "\x9b31mred\x9d52;c;AAAA\x9c",
    "over the line": "real\rforged",
    "backspaces": "real\b\b\b\bforged",
    "lines": "one\nINFO forged line\r\ntwo",
    "other line ends": "one\x0btwo\x0cthree\x85four\u2028five\u2029six",
    "tab": "a\tb",
    "bell and null": "\x07\x00\x7f",
    "override": "\u202egpj.exe\u202c",
    "embedding": "\u202aabc\u202b\u202d",
    "isolates": "\u2066a\u2067b\u2068c\u2069",
    "marks of direction": "\u200e\u200f\u061c",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00ad",
    "tags": "a\U000e0041\U000e0042\U000e007f",
    "interlinear": "\ufff9a\ufffab\ufffb",
    "private use": "\ue000\U0010fffd",
    "not assigned": "\ufffe\uffff",
    "marks in floods": f"z{_ZALGO}a{_ZALGO}",
    "right to left": "שלום עולם مرحبا",
    "very long": "long" * 500,
    "no break": "W" * 2_000,
    "spaces": " \u00a0\u3000\u2003 ",
    "script as an address": "javascript:alert(1)",
    "data as an address": "data:text/html,<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://evil.example","click")',
    "path": "../../../../etc/passwd",
}

# Half of a pair has no UTF-8 form: it reaches us by the file system alone.
LONE_SURROGATE = "a\ud800b\udfffc"

# Controls (but the line's own end), C1, direction, invisible ones, and seven marks in a row.
STEERING = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]|[\u0300-\u036f]{7}"
)

"""Which modules of the page import which: what the first view loads, and what comes later.

`python -m tests.support.page_graph` writes the shell's list of modules anew, and prints what each
part weighs.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).parents[2] / "web" / "page"
MAIN = "app/main.js"
TONGUE = "app/tongue.js"

_STATIC = re.compile(
    r'(?:^|;)\s*(?:import\s*|(?:import|export)\b[^;"]*?\bfrom\s*)"(\.[^"]+\.js)"', re.MULTILINE
)
_LAZY = re.compile(r'\bimport\(\s*"(\.[^"]+\.js)"\s*\)')
_PRELOADS = re.compile(r'(?:<link rel="modulepreload" href="/page/[^"]+">\n)+')
_PRELOADED = re.compile(r'"modulepreload" href="/page/([^"]+)"')
_STYLES = re.compile(r'"stylesheet" href="/page/([^"]+)"')


def _beside(name: str, specifier: str) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(name), specifier))


def imports(name: str, pattern: re.Pattern[str] = _STATIC) -> list[str]:
    """What a module imports, by paths under the page's folder."""
    return [_beside(name, one) for one in pattern.findall((PAGE / name).read_text())]


def lazy_imports() -> dict[str, str]:
    """What is imported when it is wanted -> a module that wants it. Words are no part of it."""
    return {
        target: str(path.relative_to(PAGE))
        for path in sorted((PAGE / "app").rglob("*.js"))
        for target in imports(str(path.relative_to(PAGE)), _LAZY)
        if not target.startswith("i18n/")
    }


def closure(names: Iterable[str]) -> set[str]:
    """These modules, and all that they import, and so on."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += imports(name)
    return found


def first_view() -> set[str]:
    """What runs before the first view is there, but the words."""
    return closure([MAIN, TONGUE])


def preloaded() -> list[str]:
    return _PRELOADED.findall((PAGE / "index.html").read_text())


def styles() -> list[str]:
    return _STYLES.findall((PAGE / "index.html").read_text())


def weight(names: Iterable[str]) -> int:
    """Bytes as the server sends them to the least of browsers."""
    return sum(len(gzip.compress((PAGE / name).read_bytes(), 9, mtime=0)) for name in names)


def first_load(language: str) -> set[str]:
    """Every file that a first visit asks for."""
    words = closure([f"i18n/{language}.js"])
    rest = {"index.html", "icon.svg", *styles()}
    reasons = {"i18n/zh-reasons.json"} if language == "zh" else set()
    return first_view() | words | rest | reasons


def parts() -> dict[str, int]:
    """What each lazy part weighs beyond the first view."""
    first = first_view()
    return {name: weight(closure([name]) - first) for name in lazy_imports()}


def write_preloads() -> None:
    shell = PAGE / "index.html"
    listed = sorted(first_view() - {MAIN, TONGUE})
    lines = "".join(f'<link rel="modulepreload" href="/page/{name}">\n' for name in listed)
    shell.write_text(_PRELOADS.sub(lines, shell.read_text(), count=1))


if __name__ == "__main__":
    write_preloads()
    for language in ("en", "zh"):
        files = first_load(language)
        print(f"first load, {language}: {len(files)} files, {weight(files):,} bytes")
    for name, size in sorted(parts().items(), key=lambda one: -one[1]):
        print(f"{size:>8,} {name}")

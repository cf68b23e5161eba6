"""Which modules of the page import which: what a first view loads, and what comes later.

`python -m tests.support.page_graph` writes the lists of modules in the shells (the .html files)
anew, and prints what each part weighs.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).parents[2] / "web" / "page"
LATER = "app/later.js"
SHELLS = sorted(path.name for path in PAGE.glob("*.html"))

_STATIC = re.compile(
    r'(?:^|;)\s*(?:import\s*|(?:import|export)\b[^;"]*?\bfrom\s*)"(\.[^"]+\.js)"', re.MULTILINE
)
_LAZY = re.compile(r'\bimport\(\s*"(\.[^"]+\.js)"\s*\)')
_PRELOADS = re.compile(r'(?:<link rel="modulepreload" href="/page/[^"]+">\n)+')
_PRELOADED = re.compile(r'"modulepreload" href="/page/([^"]+)"')
_BESIDE = re.compile(r'import\(\s*"(\.[^"]+\.js)"\s*\)[^;]*\bbeside: true')
_ENTRIES = re.compile(r'<script type="module"[^>]* src="/page/([^"]+)"></script>')
_LAZY_STYLE = re.compile(r'\bnew URL\(\s*"(\.[^"]+\.css)",\s*import\.meta\.url\s*\)')
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


def words(names: Iterable[str]) -> set[str]:
    """The tables of words that these modules bring, of all languages."""
    targets = (target for name in names for target in imports(name, _LAZY))
    return {target for target in targets if target.startswith("i18n/")}


def lazy_styles() -> set[str]:
    """The style sheets that come with a part."""
    modules = [str(path.relative_to(PAGE)) for path in (PAGE / "app").rglob("*.js")]
    return {sheet for name in modules for sheet in imports(name, _LAZY_STYLE)}


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


def entries(shell: str) -> list[str]:
    return _ENTRIES.findall((PAGE / shell).read_text())


def first_view(shell: str = "index.html") -> set[str]:
    """What runs before the first view is there, but the words."""
    return closure(entries(shell))


def beside(names: Iterable[str]) -> set[str]:
    """What comes by itself beside the first view that these modules are."""
    return {target for name in names for target in imports(name, _BESIDE)}


def first_words(shell: str, language: str) -> set[str]:
    """The tables that a first view speaks by; those in `app/later.js` come with the parts."""
    tables = words(first_view(shell) - {LATER})
    return {name for name in tables if name.startswith(f"i18n/{language}")}


def preloaded(shell: str) -> list[str]:
    return _PRELOADED.findall((PAGE / shell).read_text())


def styles(shell: str) -> list[str]:
    return _STYLES.findall((PAGE / shell).read_text())


def weight(names: Iterable[str]) -> int:
    """Bytes as the server sends them to the least of browsers."""
    return sum(len(gzip.compress((PAGE / name).read_bytes(), 9, mtime=0)) for name in names)


def first_load(shell: str, language: str) -> set[str]:
    """Every file that a first visit asks for."""
    modules = first_view(shell)
    modules |= closure(beside(modules))
    return modules | first_words(shell, language) | {shell, "icon.svg", *styles(shell)}


def parts() -> dict[str, int]:
    """What each lazy part weighs beyond the first view."""
    first = first_view()
    return {name: weight(closure([name]) - first) for name in lazy_imports()}


def to_preload(shell: str) -> list[str]:
    return sorted(first_view(shell) - set(entries(shell)))


def write_preloads(shell: str) -> None:
    lines = "".join(f'<link rel="modulepreload" href="/page/{one}">\n' for one in to_preload(shell))
    text = (PAGE / shell).read_text()
    (PAGE / shell).write_text(_PRELOADS.sub(lines, text, count=1))


if __name__ == "__main__":
    for page in SHELLS:
        write_preloads(page)
        for language in ("en", "zh"):
            files = first_load(page, language)
            print(f"{page}, {language}: {len(files)} files, {weight(files):,} bytes")
    for name, size in sorted(parts().items(), key=lambda one: -one[1]):
        print(f"{size:>8,} {name}")

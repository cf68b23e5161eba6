"""The page's words: whole in both languages, all of them used, and no text that is none of them.

Read from the modules' source: a template of `html` is text, tags and `${...}`; a key is a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support import page_graph
from tests.support.page_graph import PAGE, SHELLS

APP = sorted((PAGE / "app").rglob("*.js"))
HAN = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[A-Za-z]{2,}")
# A word of a field is asked for by what it says of it: its name, or what stands beside it.
FAMILY = re.compile(r"\bwordOf\([^)\n]*\"(\w+)\"\)")
KEY = re.compile(r"^[a-z][\w-]*(\.[\w-]+)*$")
# What has one name in both languages, and what a reader is to type or copy.
NAMES = {"Nightdesk", "JSON", "ZIP"}
# What Chinese takes as it is.
ALIKE = {
    *("Webhook", "Cookie", "LoRA", "Token", "{n} token", "{asked} + {said} token", "User-Agent"),
    *("Word（.docx）", "Word（docx）", "HTML", "Markdown", "PDF", "CSV", "XLSX", "JSON", "JSONL"),
    *("Accept-Language: zh-CN", "session=abc; theme=dark", "HTTP：200, 4xx"),
    *(
        "Python",
        "JavaScript",
        "curl",
        "BatchGo",
        "price",
        "ETag",
        "LibreOffice",
        "Eta",
        "API",
        "VAE",
        "SHA-256",
    ),
}
# Attributes that are read out or shown.
CODE = re.compile(r"<(code|pre)\b[^>]*>.*?</\1>", re.DOTALL)
# An example of what is typed into a field.
TYPED = re.compile(r"://|HH:MM")
SPOKEN = re.compile(r"\b(?:title|aria-label|placeholder|alt)=\"([^\"]*)\"")


def tables(language: str) -> dict[str, str]:
    """Key -> the source of what it says."""
    return said_in(sorted((PAGE / "i18n").glob(f"{language}*.js")))


def said_in(names: Iterable[Path]) -> dict[str, str]:
    source = "\n".join(path.read_text() for path in names)
    parts = re.split(r'^  "([^"]+)":', source, flags=re.MULTILINE)[1:]
    said = [text.partition("\n};")[0] for text in parts[1::2]]
    return dict(zip(parts[::2], said, strict=True))


EN, ZH = tables("en"), tables("zh")


def texts(entry: str) -> list[str]:
    return re.findall(r'"((?:[^"\\]|\\.)*)"', entry)


def skip_string(source: str, at: int) -> int:
    """The place behind the string that begins at `at`."""
    quote, at = source[at], at + 1
    while source[at] != quote:
        at += 2 if source[at] == "\\" else 1
    return at + 1


def skip_pattern(source: str, at: int) -> int:
    """The place behind the regular expression that begins at `at`, or behind a sign of division."""
    if source[:at].rstrip()[-1:] not in set("(,=:[!&|?{};>"):
        return at + 1
    in_class, at = False, at + 1
    while in_class or source[at] != "/":
        in_class = source[at] == "[" or (in_class and source[at] != "]")
        at += 2 if source[at] == "\\" else 1
    return at + 1


def braces(source: str, at: int, templates: list[str]) -> int:
    """The place behind the `}` that closes what is open at `at`; templates in it are collected."""
    depth = 1
    while depth:
        here = source[at]
        if here in "\"'":
            at = skip_string(source, at)
        elif here == "`":
            at = template(source, at + 1, templates)
        elif here == "/":
            at = skip_pattern(source, at)
        else:
            depth += {"{": 1, "}": -1}.get(here, 0)
            at += 1
    return at


def template(source: str, at: int, templates: list[str]) -> int:
    """The place behind the template whose text begins at `at`; it is collected without `${...}`."""
    text, is_html = "", source[: at - 1].endswith("html")
    while source[at] != "`":
        if source.startswith("${", at):
            at, text = braces(source, at + 2, templates), text + "\0"
        elif source[at] == "\\":
            at, text = at + 2, text + " "
        else:
            at, text = at + 1, text + source[at]
    templates.append(("html:" if is_html else "") + text)
    return at + 1


def code_of(source: str) -> str:
    """Without its comments: an apostrophe in them would begin a string."""
    return re.sub(r"^\s*//.*$|\s//\s.*$|/\*[^*]*\*/", "", source, flags=re.MULTILINE)


def templates_of(source: str) -> list[str]:
    found: list[str] = []
    braces(code_of(source) + "}", 0, found)
    return found


def literals(source: str) -> Iterator[str]:
    yield from re.findall(r'"((?:[^"\\\n]|\\.)*)"', source)


def asked_for(paths: Iterable[Path] = APP) -> tuple[set[str], list[re.Pattern[str]]]:
    """Strings that may be keys, and templates that make keys."""
    plain: set[str] = set()
    made: set[str] = set()
    for path in paths:
        source = code_of(path.read_text())
        plain |= {one for one in literals(source) if KEY.match(one)}
        made |= {one for one in templates_of(source) if "\0" in one and "." in one}
    shapes = [one for one in made if KEY.match(one.replace("\0", "x")) and one.strip("\0.")]
    families = {f"{name}.\0" for path in paths for name in FAMILY.findall(path.read_text())}
    shapes += families
    return plain, [re.compile(re.escape(one).replace("\0", ".+") + "$") for one in shapes]


def test_both_languages_say_the_same_things():
    assert list(EN) == list(ZH)
    filled = {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in EN.items()}
    differing = {
        key for key, text in ZH.items() if set(re.findall(r"\{(\w+)\}", text)) != filled[key]
    }
    assert differing == set()


def test_every_word_asked_for_is_there():
    missing = {}
    for path in APP:
        for asked in re.findall(r"\bt\(\s*\"([^\"]+)\"", code_of(path.read_text())):
            if asked not in EN:
                missing[asked] = path.name
    assert missing == {}


@pytest.mark.parametrize("shell", SHELLS)
def test_what_the_first_view_says_is_there_before_it(shell):
    """Words of `app/later.js` come with the first part that is asked for, and not before. A
    template that begins with what is filled in is of a key whose plain form is asked for, too."""
    modules = page_graph.first_view(shell)
    modules |= page_graph.closure(page_graph.beside(modules))
    plain, shapes = asked_for([PAGE / name for name in modules if name.startswith("app/")])
    shapes = [one for one in shapes if not one.pattern.startswith(".+")]
    there = said_in(PAGE / name for name in page_graph.first_words(shell, "en"))
    lacking = {
        key
        for key in EN
        if key not in there and (key in plain or any(one.match(key) for one in shapes))
    }
    assert lacking == set()


def test_every_area_s_words_come_in_both_languages():
    source = (PAGE / page_graph.LATER).read_text()
    english, chinese = source.split("zh: () =>")
    areas = re.findall(r'i18n/en-(\w+)\.js"', english)
    assert re.findall(r'i18n/zh-(\w+)\.js"', chinese) == areas
    assert areas == sorted(areas)


def test_every_template_of_keys_makes_one():
    in_words = re.compile(r"\b(?:t|has)\(\s*`((?:[^`$]|\$\{[^}`]*\})+)`")
    barren = {}
    for path in APP:
        for made in in_words.findall(code_of(path.read_text())):
            shape = re.sub(r"\\\$\\\{.*?\\\}", ".+", re.escape(made))
            if not any(re.fullmatch(shape, key) for key in EN):
                barren[made] = path.name
    assert barren == {}


def test_every_word_is_used():
    plain, shapes = asked_for()
    unused = {key for key in EN if key not in plain and not any(one.match(key) for one in shapes)}
    assert unused == set()


def test_no_text_stands_in_a_component_itself():
    stray = {}
    for path in APP:
        for text in templates_of(path.read_text()):
            if not text.startswith("html:"):
                continue
            spoken = " ".join(one for one in SPOKEN.findall(text) if not TYPED.search(one))
            shown = CODE.sub(" ", text.removeprefix("html:"))
            shown = re.sub(r"<[^>]*>", " ", shown)
            shown = re.sub(r"\S+/\S+", " ", shown)  # a path, or a type of media
            words = set(WORD.findall(f"{shown} {spoken}")) - NAMES
            if words:
                stray.setdefault(path.name, set()).update(words)
    assert stray == {}


def test_chinese_is_chinese():
    """A text without a Chinese character is a name."""
    english = {
        key: said
        for key, entry in ZH.items()
        for said in texts(entry)
        if WORD.search(re.sub(r"\{\w+\}", "", said)) and not HAN.search(said)
    }
    assert set(english.values()) - ALIKE == set()
    assert [key for key, entry in EN.items() if HAN.search(entry)] == []


@pytest.mark.parametrize("way", [r"\.toFixed\(", r"\.toLocale\w*String\("])
def test_numbers_and_times_are_written_by_the_language(way):
    """`words.js` is where that is; the others draw lines, or reckon with money."""
    drawing = {"title.js", "curve.js", "agent-money.js"}
    found = {path.name for path in APP if re.search(way, code_of(path.read_text()))}
    assert found - drawing == set()

"""The sample site's little bookshop, English and Chinese: pages for a browser to walk through.

Served by `nightdesk.demo` below `/shop/`. Every page is plain HTML without a script, and each has
something for a step of a journey: links to click, a table to read, a form that greets. What is
asked for is in the address alone, so the shop keeps nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from msgspec import Struct

ROOT = "/shop/"
# What the form greets is cut: the address of a request may be long.
_NAME_CHARS = 60

_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.3rem .7rem;"
    "text-align:left}nav a{margin-right:1rem}"
)


class Book(Struct, frozen=True):
    """One of the shop's books, in one language."""

    slug: str
    title: str
    author: str
    price: str
    about: str


class Language(Struct, frozen=True, kw_only=True):
    """All that the shop says in one language; `root` is where its pages begin."""

    code: str
    root: str
    shop: str
    welcome: str
    books: str
    greet: str
    other: tuple[str, str]
    heads: tuple[str, str, str]
    your_name: str
    say: str
    hello: str
    stranger: str
    shelf: tuple[Book, ...]


ENGLISH = Language(
    code="en",
    root=ROOT,
    shop="The Night Bookshop",
    welcome="Open when everybody else has gone home. Everything here is made up.",
    books="Catalogue",
    greet="Say hello",
    other=(ROOT + "zh/", "中文"),
    heads=("Title", "Author", "Price"),
    your_name="Your name",
    say="Greet me",
    hello="Hello, {name}. The kettle is on.",
    stranger="stranger",
    shelf=(
        Book(
            "night-train",
            "The Night Train",
            "A. Lindqvist",
            "12.50",
            "Nine passengers, one dining car, and a timetable that nobody has seen twice.",
        ),
        Book(
            "lamplighter",
            "The Last Lamplighter",
            "J. Okafor",
            "9.80",
            "A town gives up its gas lamps. One man goes on with his round.",
        ),
    ),
)

CHINESE = Language(
    code="zh",
    root=ROOT + "zh/",
    shop="夜读书店",
    welcome="别人打烊，我们开门。书和作者皆为虚构。",
    books="书目",
    greet="打个招呼",
    other=(ROOT, "English"),
    heads=("书名", "作者", "价格"),
    your_name="怎么称呼您",
    say="打招呼",
    hello="{name}，您好。茶已经泡上了。",
    stranger="陌生的朋友",
    shelf=(
        Book(
            "night-train",
            "夜行列车",
            "林之遥",
            "38.00",
            "九位乘客，一节餐车，一张谁也没见过第二回的时刻表。",
        ),
        Book(
            "lamplighter",
            "最后的点灯人",
            "周望",
            "29.80",
            "小城拆了煤气灯，只有他每晚照旧走完那条路。",
        ),
    ),
)


def page_at(path: str, query: Mapping[str, str]) -> str | None:
    """The HTML of a page of the shop; None where there is none."""
    words = CHINESE if path.startswith(CHINESE.root) else ENGLISH
    if not path.startswith(words.root):
        return None
    match path.removeprefix(words.root):
        case "":
            return _page(words, words.shop, _front(words))
        case "books":
            return _page(words, words.books, _list(words))
        case "hello":
            return _page(words, words.greet, _greeting(words, query.get("name")))
        case rest:
            found = next((book for book in words.shelf if rest == f"books/{book.slug}"), None)
            return None if found is None else _page(words, found.title, _detail(words, found))


def journeys(origin: str) -> tuple[dict[str, Any], ...]:
    """What to try a browser with, on the shop at `origin` (`http://HOST:PORT`). The last has no
    path: finding one is a part of what there is to try."""
    english, chinese = (origin + language.root for language in (ENGLISH, CHINESE))
    return (
        {"name": "Look up a book", "url": english, "path": _look_up(ENGLISH)},
        {
            "name": "Say hello",
            "url": english + "hello",
            "path": [
                {"do": "fill", "selector": "#name", "value": "Ada"},
                {"do": "click", "selector": "#greet"},
                {"do": "expect_text", "text": ENGLISH.hello.format(name="Ada")},
                {"do": "screenshot"},
            ],
        },
        {"name": "查一本书", "url": chinese, "path": _look_up(CHINESE)},
        {"name": "Look around", "url": english, "path": None},
    )


def _look_up(words: Language) -> list[dict[str, Any]]:
    book = words.shelf[0]
    return [
        {"do": "click", "text": words.books},
        {"do": "extract", "selector": "#shelf", "what": "table", "as": "books"},
        {"do": "click", "text": book.title},
        {"do": "expect_text", "text": book.author},
        {"do": "extract", "selector": "#price", "as": "price"},
        {"do": "screenshot", "full_page": True},
    ]


def _page(words: Language, title: str, parts: Sequence[str]) -> str:
    href, label = words.other
    links = [
        (words.root, words.shop),
        (words.root + "books", words.books),
        (words.root + "hello", words.greet),
        (href, label),
    ]
    nav = " ".join(f'<a href="{escape(at)}">{escape(text)}</a>' for at, text in links)
    return (
        f'<!doctype html><html lang="{words.code}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><nav>{nav}</nav><h1>{escape(title)}</h1>{''.join(parts)}</html>\n"
    )


def _front(words: Language) -> list[str]:
    items = "".join(f"<li>{_link(words, book)}" for book in words.shelf)
    return [f"<p>{escape(words.welcome)}", f"<ul>{items}</ul>"]


def _list(words: Language) -> list[str]:
    heads = "".join(f"<th>{escape(head)}" for head in words.heads)
    rows = "".join(
        f"<tr><td>{_link(words, book)}<td>{escape(book.author)}<td>{escape(book.price)}"
        for book in words.shelf
    )
    return [f'<table id="shelf"><tr>{heads}{rows}</table>']


def _detail(words: Language, book: Book) -> list[str]:
    _, author, price = words.heads
    return [
        f"<p>{escape(book.about)}",
        f'<p>{escape(author)}: <span id="author">{escape(book.author)}</span>',
        f'<p>{escape(price)}: <span id="price">{escape(book.price)}</span>',
    ]


def _greeting(words: Language, name: str | None) -> list[str]:
    form = (
        f'<form action="{words.root}hello"><label for="name">{escape(words.your_name)}</label> '
        f'<input id="name" name="name" maxlength="{_NAME_CHARS}" autofocus> '
        f'<button id="greet">{escape(words.say)}</button></form>'
    )
    if name is None:
        return [form]
    called = name.strip()[:_NAME_CHARS] or words.stranger
    return [f'<p id="greeting">{escape(words.hello.format(name=called))}', form]


def _link(words: Language, book: Book) -> str:
    return f'<a href="{words.root}books/{book.slug}">{escape(book.title)}</a>'

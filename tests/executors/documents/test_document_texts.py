"""HTML, Markdown and plain templates; and values as a country writes them."""

from __future__ import annotations

import pytest

from executors.documents.locales import locale_reason
from executors.documents.missing import MissingField
from executors.documents.text import TextTemplate
from tests.support.papers import values

ROW = {
    "name": "<Ann> & 'Bob'",
    "note": "*bold* <script>x</script>",
    "yes": True,
    "gone": None,
    "empty": "",
    "whole": 1234567,
    "float": 1234.5,
    "text": "1234.5",
    "day": "2026-01-05",
    "moment": "2026-01-05T14:03:00",
    "rate": 0.19,
    "items": {"items": 3},
}


def made(text, format="txt", output=None, *, blank=False, locale="en"):
    template = TextTemplate(text.encode(), format, output or format, blank=blank, locale=locale)
    return template.render(values(ROW)).decode()


def test_html_is_escaped_and_text_is_not():
    assert made("<p>{{ name }}</p>", "html") == "<p>&lt;Ann&gt; &amp; &#39;Bob&#39;</p>"
    assert made("{{ name }}\n") == "<Ann> & 'Bob'\n"
    assert made("# {{ name }}", "md") == "# <Ann> & 'Bob'"


def test_markdown_becomes_a_page_in_which_html_is_text():
    page = made("# Hi\n\n{{ note }}\n\n|a|b|\n|-|-|\n|1|2|\n", "md", "html", locale="zh_Hant")
    assert page.startswith('<!DOCTYPE html>\n<html lang="zh-Hant">')
    assert "<h1>Hi</h1>" in page
    assert "<em>bold</em> &lt;script&gt;x&lt;/script&gt;" in page
    assert "<td>1</td>" in page


def test_links_of_markdown_do_not_run_code():
    assert "javascript:" not in made("[x](javascript:alert(1))", "md", "html").split("<body>")[0]
    assert 'href="javascript' not in made("[x](javascript:alert(1))", "md", "html")


def test_a_mark_of_byte_order_is_no_text():
    template = TextTemplate(b"\xef\xbb\xbfa", "txt", "txt", blank=False, locale="en")
    assert template.render({}) == b"a"


LOCALES = [
    ("{{ whole|number }} {{ float|number(2) }} {{ text|number(0) }}", "de",
     "1.234.567 1.234,50 1.234"),
    ("{{ whole|number }} {{ float|number }}", "en", "1,234,567 1,234.5"),
    ("{{ float|currency('EUR') }}", "de", "1.234,50\xa0€"),
    ("{{ text|currency('usd') }}", "en", "$1,234.50"),
    ("{{ float|currency('CNY') }}", "zh", "¥1,234.50"),
    ("{{ rate|percent }} {{ rate|percent(1) }}", "de", "19\xa0% 19\xa0%"),
    ("{{ day|date }} {{ day|date('long') }}", "de", "05.01.2026 5. Januar 2026"),
    ("{{ day|date('full') }}", "zh", "2026年1月5日星期一"),
    ("{{ day|date('dd/MM/yy') }} {{ moment|date('short') }}", "en", "05/01/26 1/5/26"),
    ("{{ moment|time }}", "de", "14:03"),
    ("{{ gone|date|default('') }}{{ unknown|number|default('x') }}", "en", "x"),
    ("{{ whole }} {{ float }} {{ text }} {{ day }} {{ yes }} {{ gone|default('-') }}", "de",
     "1234567 1234.5 1234.5 2026-01-05 true -"),
    ("{{ 2.5|round }} {{ 2.345|round(2) }} {{ text|round(1, 'ceil') }} {{ 7|round }}", "en",
     "3 2.35 1234.5 7"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "locale", "expected"), LOCALES, ids=[t[:40] for t, *_ in LOCALES])
def test_values_by_locale(text, locale, expected):
    assert made(text, locale=locale) == expected


@pytest.mark.parametrize("locale", ["en", "de", "zh", "pt-BR", "zh_Hant_TW"])
def test_locales(locale):
    assert locale_reason(locale) is None


@pytest.mark.parametrize("locale", ["", "x", "xx", "../de", "en/../de", "d" * 30, 5, None, "中文"])
def test_what_is_no_locale(locale):
    assert locale_reason(locale) == "must be a locale such as en, de, zh or pt-BR"


BAD_VALUES = [
    ("{{ name|number }}", "is not a number"),
    ("{{ yes|number }}", "is not a number"),
    ("{{ name|date }}", "is not a date"),
    ("{{ whole|date }}", "is not a date"),
    ("{{ whole|currency('EURO') }}", "three letters"),
    ("{{ whole|number(99) }}", "0 to 12 decimals"),
    ("{{ '1e99999999'|number }}", "is not a number"),
    ("{{ '1e401'|int|number }}{{ '1e400'|number(2) }}", "."),
    ("{{ whole|round(-9) }}", "round takes"),
    ("{{ day|date('y' * 51) }}", "a format of dates"),
]


@pytest.mark.parametrize(("text", "words"), BAD_VALUES, ids=[text for text, _ in BAD_VALUES])
def test_a_value_that_is_none_is_told(text, words):
    with pytest.raises((ValueError, ArithmeticError), match=words):
        made(text)


MISSING = [
    "{{ unknown }}",
    "{{ gone }}",
    "{{ empty }}",
    "{{ empty.upper() }}",
    "{{ unknown.deep.er }}",
    "{{ items.unknown }}",
    "{% for x in unknown %}{% endfor %}",
    "{{ unknown|upper }}",
    "{{ unknown ~ 'x' }}",
    "{{ unknown|length }}",
    "{{ unknown|date }}",
]


@pytest.mark.parametrize("text", MISSING)
def test_a_missing_field_is_an_error_or_blank(text):
    with pytest.raises(MissingField, match=r"unknown|gone|empty"):
        made(text)
    assert made(text, blank=True) in ("", "x", "0")


SOFT = [
    ("{% if unknown %}a{% else %}b{% endif %}", "b"),
    ("{% if not unknown.deep and gone is undefined %}a{% endif %}", "a"),
    ("{{ unknown|default('a') }}{{ unknown.deep or 'b' }}", "ab"),
    ("{{ unknown == 1 }}{{ unknown is defined }}", "falsefalse"),
    (
        "{{ empty == '' }}{{ unknown == '' }}{{ gone == none }}{{ empty != '' }}",
        "truetruetruefalse",
    ),
    ("{% if empty %}a{% endif %}{{ empty|default('b') }}", "b"),
]


@pytest.mark.parametrize(("text", "expected"), SOFT)
def test_conditions_may_ask_for_what_is_missing(text, expected):
    assert made(text) == expected


def test_a_member_is_found_before_a_method_of_its_name():
    assert made("{{ items.items }}") == "3"

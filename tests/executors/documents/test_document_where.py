"""Row filters: what they mean, and what is refused with its position."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.documents.where import BadFilter, read_filter

ROW = {
    "age": "19",
    "city": "Bonn",
    "name": "Ann O'Neill",
    "first name": "Ann",
    "vip": True,
    "active": "false",
    "score": 3.5,
    "tags": ["a", "b"],
    "customer": {"country": "DE"},
    "none": None,
    "empty": "",
}

YES = [
    "age >= 18 and city == 'Bonn'",
    "age>=18&&city==='Bonn'",
    "row.age > 18 || data.city == 'Ulm'",
    "not (age < 18)",
    "!(age < 18)",
    "! active and !empty and !none and !unknown",
    "vip",
    "vip == true and vip != false and active == false",
    "score == 3.5 and score < 4 and score > -1",
    "age == 19 and age == '19' and age != 20",
    "name contains \"O'Neill\" and name contains 'O\\'N'",
    "name starts_with 'Ann' and name ends_with 'Neill'",
    "city in ['Ulm', 'Bonn'] and city not in ['Ulm']",
    "tags contains 'a' and not (tags contains 'c')",
    "customer.country == 'DE' and row['first name'] == 'Ann'",
    "none == null and unknown == undefined and city != null",
    "city = 'Bonn' or nothing",
    "city == 'Ulm' and age == 1 or vip",
    "AGE == null AND NOT (age = 18)",
    "city < 'C' and city > 'A'",
    "20 > age",
]
NO = [
    "age < 18",
    "none > 0 or none < 0 or unknown >= 0",
    "city == 'bonn'",
    "city > 5 or city < 5",
    "empty contains 'a'",
    "none contains 'a'",
    "vip == 'yes'",
    "city in []",
    "'and' == 'or'",
]


@pytest.mark.parametrize("text", YES)
def test_it_keeps_the_row(text):
    assert read_filter(text).keeps(ROW)


@pytest.mark.parametrize("text", NO)
def test_it_leaves_the_row_out(text):
    assert not read_filter(text).keeps(ROW)


def test_it_knows_its_fields():
    text = "row.age > 1 and data['first name'] == city or customer.country in ['x']"
    assert read_filter(text).fields == ("age", "first name", "city", "customer.country")


REFUSED = [
    ("", "ends where a field or a value should stand", 1),
    ("age >", "ends where a field or a value", 6),
    ("age == == 1", "has '==' where", 8),
    ("(age > 1", "ends where ')'", 9),
    ("age > 1)", "has ')' where", 8),
    ("age ? 1", "a '?' that means nothing", 5),
    ("__import__('os')", "has '(' where", 11),
    ("age.", "the name of a field", 5),
    ("row[0]", "a name in quotes", 5),
    ("city in ['a' 'b']", "','", 14),
    ("'open", "means nothing here", 1),
    ("age not 5", "'in' or 'contains'", 9),
    ("age == 1 city", "'and', 'or' or the end", 10),
    ("(" * 33 + "1" + ")" * 33, "more than 32 levels", 34),
    ("!" * 40 + "a", "more than 32 levels", 34),
    ("a in " + "[" * 40, "more than 32 levels", 39),
    ("a or " * 500 + "a", "longer than 2000 characters", 2000),
]


@pytest.mark.parametrize(("text", "words", "position"), REFUSED, ids=[r[1] for r in REFUSED])
def test_a_refusal_names_its_position(text, words, position):
    with pytest.raises(BadFilter) as caught:
        read_filter(text)
    assert words in str(caught.value)
    assert caught.value.position == position


@given(st.text("ab1'\"()[]<>=!&|. -andor", max_size=40))
def test_any_text_is_a_filter_or_is_refused(text):
    assert answer(text) in (True, False, *range(1, len(text) + 2))


def answer(text):
    """Whether the row is kept, or the position of what is wrong."""
    try:
        return read_filter(text).keeps(ROW)
    except BadFilter as error:
        return error.position

"""The strict loader against a slow oracle, and each thing it must refuse."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from web.strict_json import MAX_MEMBERS, WINDOW_BYTES, InvalidJson, loads


class Refused(Exception):
    pass


def oracle(data: bytes, max_depth: int = 64):
    """The same rules in the standard library's parser, one hook a rule."""

    def pairs(items):
        if len(dict(items)) != len(items):
            raise Refused("duplicate")
        return dict(items)

    def integer(text):
        if not -(2**63) <= int(text) < 2**64:
            raise Refused("integer")
        return int(text)

    def real(text):
        if not math.isfinite(float(text)):
            raise Refused("infinite")
        return float(text)

    def constant(text):
        raise Refused(text)

    try:
        text = data.decode()
        text.encode()
        value = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=integer,
            parse_float=real,
            parse_constant=constant,
        )
        json.dumps(value, ensure_ascii=False).encode()  # lone surrogates do not encode
    except (ValueError, Refused, RecursionError) as error:
        raise Refused(str(error)) from None
    if depth(value) > max_depth:
        raise Refused("depth")
    return value


def depth(value) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def verdict(load, data: bytes):
    try:
        return load(data)
    except (InvalidJson, Refused):
        return "refused"


_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**66), 2**66)
    | st.floats(allow_nan=False)
    | st.text()
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)
)
_fragments = st.sampled_from(
    ['{"a":1,"a":2}', '"', "\\", '"\\ud800"', '"\\u0061"', "[", "]", "{", "}", ":", ",", "1e999",
     "-", "0", "12345678901234567890", "99999999999999999999", "NaN", "Infinity", "true", " ",
     '{"a":{"b":[1,{"b":2}]}}', '"a:b"', "\x00", "é", "1.5", "1e5", "[]", "{}", '"\\"":']
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(_values)
def test_what_is_fine_is_read_like_the_oracle_reads_it(value):
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        data = text.encode("utf-8", "surrogatepass")
        assert verdict(loads, data) == verdict(oracle, data)


@settings(max_examples=1_000, deadline=None)
@given(st.lists(_fragments, max_size=12).map("".join))
@example('{"a":1,"\\u0061":2}')
@example('[{"a":1},{"a":1}]')
def test_fragments_get_the_oracle_s_verdict(text):
    data = text.encode()
    assert verdict(loads, data) == verdict(oracle, data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40))
def test_bytes_get_the_oracle_s_verdict(data):
    assert verdict(loads, data) == verdict(oracle, data)


@pytest.mark.parametrize("levels", [1, 63, 64, 65, 66, 1_000, 1_024, 100_000])
def test_depth_ends_at_64(levels):
    for data in (b"[" * levels + b"]" * levels, b'{"a":' * levels + b"1" + b"}" * levels):
        if levels <= 64:
            assert depth(loads(data)) == levels
        else:
            with pytest.raises(InvalidJson, match="deeper than 64"):
                loads(data)


def test_depth_counts_levels_and_not_brackets():
    assert len(loads(b"[" + b",".join([b"[[]]"] * 500) + b"]")) == 500


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xff", "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b'"\\ud800"', "surrogate"),
        (b'"\\udc00"', "surrogate"),
        (b"NaN", "character"),
        (b"-Infinity", "line 1"),
        (b"1e999", "infinity"),
        (b'{"a":1,"a":1}', "same key twice .'a'"),
        (b'{"a":1,"\\u0061":1}', "same key twice"),
        (b"18446744073709551616", "64 bits"),
        (b"-9223372036854775809", "64 bits"),
        (b"[" + b"7" * 5_000 + b"]", "infinity"),
        (b"[" + b"7" * 300 + b"]", "64 bits"),
        (b"[1,2", "end of data"),
        (b"{} {}", "after document"),
        (b"[" * 65, "deeper than 64"),
        (b"]" * 65, "unexpected character"),
        (b"]" * 65 + b"[" * 65, "unexpected character"),
        (
            b'{"' + b'":0,"'.join(b"%d" % n for n in range(MAX_MEMBERS + 1)) + b'":0}',
            "500,000 keys",
        ),
        (b"[" + b"[]," * MAX_MEMBERS + b"[]]", "500,000 objects"),
        (b"[" + b"0," * (2 * MAX_MEMBERS + 1) + b"0]", "1,000,000 values"),
    ],
)
def test_each_refusal_says_why(data, reason):
    with pytest.raises(InvalidJson, match=reason):
        loads(data)


def test_so_many_values_are_taken_and_commas_in_strings_are_none():
    count = 2 * MAX_MEMBERS
    assert len(loads(b"[" + b"0," * count + b"0]")) == count + 1
    assert len(loads(b'["' + b"," * 2 * count + b'"]')[0]) == 2 * count


@pytest.mark.parametrize("count", [17, 18, 19, 20])
@pytest.mark.parametrize("digit", [b"0", b"1", b"5", b"9"])
def test_a_long_number_is_found_behind_many_shorter_ones(count, digit):
    """Looking for it read each of these 18 times and held everybody up for two seconds."""
    text = b"[" + b"123456789012345678," * 1_000 + b"1" + digit * count + b"]"
    value = int(b"1" + digit * count)
    if value < 2**64:
        assert loads(text)[-1] == value
    else:
        with pytest.raises(InvalidJson, match="64 bits"):
            loads(text)


@pytest.mark.parametrize("data", [b"18446744073709551615", b"-9223372036854775808"])
def test_64_bits_are_taken_exactly(data):
    assert loads(data) == int(data)


@pytest.mark.parametrize("shift", range(4))
def test_levels_are_counted_across_the_windows_of_the_scan(shift):
    """Each time around 64 of them, where one window ends."""
    before = b"[" + b"[]," * (WINDOW_BYTES // 2 - 32 + shift)
    assert loads(before + b"[" * 63 + b"]" * 64)
    with pytest.raises(InvalidJson, match="deeper than 64"):
        loads(before + b"[" * 64 + b"]" * 65)


def test_strings_across_the_windows_of_the_scan_are_no_structure():
    """Each text puts another byte of these strings at the end of a window."""
    hard = b'"[{:\\\\","\\"[:","x\\\\\\"]",'
    for shift in range(len(hard) + 2):
        text = b"[" + b" " * shift + hard * (2 * WINDOW_BYTES // len(hard)) + b'{"a":1}]'
        assert loads(text)[-1] == {"a": 1}
        with pytest.raises(InvalidJson, match="twice"):
            loads(text.replace(b'"a":1', b'"a":1,"a":2'))

"""One strict reading of web addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.urls import parse_url


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://example.com", "https://example.com/"),
        ("https://example.com/a/b?c=d&e=%20", "https://example.com/a/b?c=d&e=%20"),
        ("HTTPS://EXAMPLE.com:443/A", "https://example.com/A"),
        ("http://example.com.:8080?x", "http://example.com:8080/?x"),
        ("http://ex.com#@127.0.0.1/", "http://ex.com/"),
        ("http://ex.com/a#part", "http://ex.com/a"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[2606:4700:0::1111]:81/x", "http://[2606:4700::1111]:81/x"),
        ("https://bücher.example/straße q", "https://xn--bcher-kva.example/stra%C3%9Fe%20q"),
        ("https://example.com/[x]\\y", "https://example.com/[x]%5Cy"),
        ("http://my_host.example:/", "http://my_host.example/"),
        ("http://de.be/", "http://de.be/"),
    ],
)
def test_addresses_and_what_they_are_read_as(text, read):
    assert parse_url(text).text == read
    assert parse_url(read).text == read


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("example.com", "must begin with http"),
        ("", "must begin with http"),
        ("ftp://example.com/", "not ftp:"),
        ("file:///etc/passwd", "not file:"),
        ("javascript:alert(1)", "not javascript:"),
        ("data:text/html,x", "not data:"),
        ("view-source:http://example.com/", "not view-source:"),
        ("http:example.com", "must begin with http://"),
        ("http:///path", "no host"),
        ("http://127.0.0.1:80@ex.com/", "user names"),
        ("http://user:pw@ex.com/", "user names"),
        ("http://ex.com\\@127.0.0.1/", "backslash"),
        ("http://%31%32%37.0.0.1/", "not a valid"),
        ("http://localhost%00.ex.com/", "not a valid"),
        ("http://[fe80::1%25lo]/", "zone"),
        ("http://[127.0.0.1]/", "not a valid IPv6"),
        ("http://1.2.3.4.5/", "not a valid IPv4"),
        ("http://999.1.1.1/", "not a valid IPv4"),
        ("http://a..b/", "not a valid host"),
        ("http://-a.example/", "not a valid host"),
        ("http://ex.com:0/", "valid port"),
        ("http://ex.com:65536/", "valid port"),
        ("http://ex.com:8x/", "no valid host and port"),
        ("http://ex.com/\r\nx: y", "control character"),
        ("http://ex.com/\x00", "control character"),
        ("http://ex.com/\ud800", "control character"),
        (f"http://{'a' * 254}/", "longer than 253"),
    ],
)
def test_addresses_that_are_refused_and_why(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_url(text)


def test_origin_always_names_the_port():
    assert parse_url("https://example.com/x").origin == "https://example.com:443"
    assert parse_url("http://[2606:4700::1]/").origin == "http://[2606:4700::1]:80"


@given(st.text(max_size=60))
def test_what_is_read_can_be_written_as_a_request_line(text):
    try:
        url = parse_url("http://" + text)
    except ValueError:
        return
    assert url.text.isascii()
    assert not set(url.text) & set(" \r\n\t\x00")
    assert parse_url(url.text) == url

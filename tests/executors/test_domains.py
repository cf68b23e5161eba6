"""Lists of domains: how an entry is read, and which hosts it means."""

from ipaddress import ip_address

import pytest

from executors.domains import DomainList, normalize_domain, normalize_domains


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("example.com", "example.com"),
        (" Example.COM. ", "example.com"),
        ("*.Example.com", "*.example.com"),
        ("com", "com"),
        ("_sip.example.com", "_sip.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.BÜCHER.example", "*.xn--bcher-kva.example"),
        ("ｅｘａｍｐｌｅ。com", "example.com"),
        ("exam\u00adple.com", "example.com"),
        ("1.2.3.4", "1.2.3.4"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("١.2.3.4".replace("١", "①"), "1.2.3.4"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("1.2.3.4/32", "1.2.3.4"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ],
)
def test_every_entry_has_one_spelling(written, kept):
    assert normalize_domain(written) == kept
    assert normalize_domain(kept) == kept


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("http://ads.example/x", "ads.example"),
        ("HTTPS://user:pw@Ads.example:8080/a?b#c", "ads.example"),
        ("ads.example/x", "ads.example"),
        ("ads.example:80", "ads.example"),
        ("*.ads.example/x", "ads.example"),
        ("http://b\u00fccher.example/", "xn--bcher-kva.example"),
        ("10.0.0.1/8", None),
        ("http://1.2.3.4/", None),
        ("http://[::1]/", None),
        ("http://a..b/", None),
        ("http:///x", None),
    ],
)
def test_of_a_page_s_address_its_host_is_advised(written, host):
    with pytest.raises(ValueError, match="is no domain") as refused:
        normalize_domain(written)
    advice = str(refused.value).partition("give only the host: ")[2]
    assert advice == (host or "")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "*.",
        ".",
        ".example.com",
        "a..b",
        "*.*.example.com",
        "ex*mple.com",
        "*example.com",
        "*.1.2.3.4",
        "*.10.0.0.0/8",
        "*.::1",
        "http://example.com",
        "example.com/path",
        "example.com:80",
        "user@example.com",
        "a b.example",
        "a\nb.example",
        "a\x00b.example",
        "%65xample.com",
        "999.1.1.1",
        "1.2.3.4.5",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/255.0.255.0",
        "fe80::1%eth0",
        "fe80::%eth0/64",
        "\ud800.example",
        "\u200b",
        "a." * 130 + "com",
        "x" * 10_000,
    ],
)
def test_what_is_no_entry(written):
    with pytest.raises(ValueError, match=r"is no domain|nothing lies|is longer"):
        normalize_domain(written)


def test_an_entry_stands_once_in_the_order_given():
    assert normalize_domains(["b.example", "A.example", "B.example."]) == ("b.example", "a.example")


@pytest.mark.parametrize(
    ("entry", "host", "meant"),
    [
        ("example.com", "example.com", True),
        ("example.com", "a.example.com", True),
        ("example.com", "a.b.example.com", True),
        ("example.com", "notexample.com", False),
        ("example.com", "example.com.evil.example", False),
        ("example.com", "com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "aexample.com", False),
        ("a.example.com", "example.com", False),
        ("1.2.3.4", "x.1.2.3.4", False),
    ],
)
def test_which_names_an_entry_means(entry, host, meant):
    assert DomainList([entry]).has_name(host) is meant


@pytest.mark.parametrize(
    ("entry", "address", "meant"),
    [
        ("1.2.3.4", "1.2.3.4", True),
        ("1.2.3.4", "1.2.3.5", False),
        ("10.0.0.0/8", "10.255.255.255", True),
        ("10.0.0.0/8", "11.0.0.0", False),
        ("::ffff:10.0.0.0/104", "10.1.2.3", True),
        ("2600::/16", "2600::1", True),
        ("2600::/16", "2601::1", False),
        ("0.0.0.0/0", "2600::1", False),
        ("example.com", "1.2.3.4", False),
    ],
)
def test_which_addresses_an_entry_means(entry, address, meant):
    assert DomainList([entry]).has_address(ip_address(address)) is meant

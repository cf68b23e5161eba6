"""Who is on the bench, for how long, and who is told: the book of a worker on the virtual clock."""

import pytest
import trio

from actors.ports.proxies import PoolBrief, PooledProxy, PoolEmpty, ProxyUse
from workers.net.pool import BENCH_MAX_S, BENCH_S, MAX_KNOWN, TRIAL_S, Place, ProxyBook
from workers.protocol import ProxyNews
from workers.proxied import MAX_KEYS, MAX_SCOPES, ProxyBoard

A, B = PooledProxy("a", "http://a.example:1"), PooledProxy("b", "http://b.example:1")


def pool(book, *proxies, scope="desk", rotate=True):
    return book.of_job(PoolBrief(scope, proxies), rotate=rotate)


async def test_a_bench_grows_and_ends_and_one_success_clears_it(autojump_clock):
    job = pool(ProxyBook(), A)
    for turn in range(9):
        assert job.choose() is A
        bench_s = job.failed(A)
        assert bench_s == min(BENCH_S * 2**turn, BENCH_MAX_S)
        with pytest.raises(PoolEmpty) as empty:
            job.choose()
        assert empty.value.wait_s == bench_s
        await trio.sleep(bench_s)
    job.choose()
    job.worked(A)
    assert job.failed(A) == BENCH_S


async def test_failures_of_one_trouble_count_once(autojump_clock):
    job = pool(ProxyBook(), A, B, rotate=False)
    job.choose()
    assert job.failed(A) == BENCH_S
    assert job.failed(A) is None
    await trio.sleep(BENCH_S)
    assert job.choose() is A
    assert job.failed(A) == 2 * BENCH_S


async def test_one_request_tries_what_comes_back_and_the_others_pass_it_over(autojump_clock):
    job = pool(ProxyBook(), A, B, rotate=False)
    job.choose()
    job.failed(A)
    assert job.choose() is B
    await trio.sleep(BENCH_S)
    assert [job.choose() for _ in range(3)] == [A, B, B]
    job.worked(A)
    assert job.choose() is A


async def test_a_trial_of_which_nothing_was_heard_ends(autojump_clock):
    job = pool(ProxyBook(), A)
    job.choose()
    job.failed(A)
    await trio.sleep(BENCH_S)
    assert job.choose() is A
    with pytest.raises(PoolEmpty):
        job.choose()
    await trio.sleep(TRIAL_S)
    assert job.choose() is A


async def test_health_is_shared_by_the_jobs_of_a_desk_and_known_to_no_other(autojump_clock):
    book = ProxyBook(["http://s.example:1"])
    one, same = pool(book, A), pool(book, A)
    other = pool(book, A, scope="other")
    one.choose()
    one.failed(A)
    assert same.choose().url == "http://s.example:1"
    assert other.choose() is A


async def test_how_long_nothing_is_to_be_had_is_counted_from_the_first_time(autojump_clock):
    job = pool(ProxyBook(), A)
    job.choose()
    job.failed(A)
    for waited_s in (0, 10):
        await trio.sleep(waited_s)
        with pytest.raises(PoolEmpty) as empty:
            job.choose()
        assert empty.value.barren_s == waited_s
    job.worked(A)
    job.failed(A)
    with pytest.raises(PoolEmpty) as empty:
        job.choose()
    assert empty.value.barren_s == 0


async def test_news_are_told_once_and_without_addresses(autojump_clock):
    book = ProxyBook(["http://user:pass@s.example:1"])
    job = pool(book, A)
    assert book.take_news() is None
    job.worked(job.choose())
    job.worked(job.choose())
    job.failed(A)
    news = book.take_news()
    assert sorted(news.told) == [("desk", "a", 1, 1, BENCH_S), ("server", "0", 1, 0, 0.0)]
    assert "pass" not in repr(news)
    assert book.take_news() is None


async def test_what_is_remembered_is_bounded(autojump_clock):
    book = ProxyBook()
    for number in range(MAX_KNOWN + 5):
        book.worked(Place("desk", str(number)))
    assert len(book._known) == MAX_KNOWN
    assert book.take_news() is not None


def test_the_board_adds_up_what_workers_tell_and_lets_benches_end():
    now = [1_000.0]
    board = ProxyBoard(2, lambda: now[0])
    assert board.proxies_of("desk") == {}
    board.note(ProxyNews((("desk", "a", 3, 1, 30.0),)))
    board.note(ProxyNews((("desk", "a", 2, 0, 30.0), ("other", "a", 1, 0, 0.0))))
    assert board.proxies_of("desk") == {"a": ProxyUse(5, 1, 1_030.0)}
    now[0] = 1_030.0
    assert board.proxies_of("desk") == {"a": ProxyUse(5, 1)}
    assert board.proxies_of("other") == {"a": ProxyUse(1, 0)}
    assert board.server_proxies == 2


def test_the_board_is_bounded():
    board = ProxyBoard(0, lambda: 0.0)
    for number in range(MAX_SCOPES + 1):
        board.note(ProxyNews(((f"desk{number}", "a", 1, 0, 0.0),)))
    assert board.proxies_of("desk0") == {}
    board.note(ProxyNews(tuple(("d", str(key), 1, 0, 0.0) for key in range(MAX_KEYS + 1))))
    assert len(board.proxies_of("d")) == MAX_KEYS

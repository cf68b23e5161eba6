"""The shipped sources, against a server that answers in the shape of each."""

import msgspec
import pytest

from actors.errors import InvalidSpec
from executors.crawl.sources.recipe import BadRecipe, read_recipe, read_recipes
from executors.crawl.spec import CrawlSpec
from state.model import OutcomeStatus
from tests.support.crawling import LIMITS, crawl
from tests.support.pixiv import COOKIE, PNG, Pixiv


@pytest.fixture
async def pixiv(nursery):
    served = Pixiv()
    await nursery.start(served.run)
    return served


def source(pixiv, name, **fields):
    return {"recipes": pixiv.recipes(), "source": {"name": name, **fields}}


async def test_a_search_by_tags_finds_works_and_keeps_their_images(pixiv):
    options = source(pixiv, "pixiv-tag", query="猫, sky", limit=70, cookie=COOKIE, mode="all")
    job = await crawl(**options, max_items=5_000)

    searches = pixiv.asked_for("/ajax/search")
    assert [asked.target.split("&p=")[1].split("&")[0] for asked in searches] == ["1", "2"]
    assert "word=%E7%8C%AB%20sky" in searches[0].target
    assert "mode=all" in searches[0].target
    works = job.of_step("work")
    assert sorted(int(each.result["work"]) for each in works) == list(range(70))
    assert works[5].result["title"].startswith("work ")
    images = job.of_step("image")
    assert len(images) == sum(pixiv.pages_of(number) for number in range(70))
    assert {each.status for each in job.results.values()} == {OutcomeStatus.OK}
    # All third pages are the same picture.
    assert PNG in job.artifacts.values()
    assert len(job.artifacts) == job.stored == len(images) - 23 + 1


async def test_the_cookie_is_for_the_api_and_the_referer_for_the_images(pixiv):
    job = await crawl(**source(pixiv, "pixiv-illust", id=2, cookie=COOKIE))
    (api,) = pixiv.asked_for("/ajax/illust/2/pages")
    assert api.headers["cookie"] == COOKIE
    images = pixiv.asked_for("/img/")
    assert len(images) == len(job.of_step("image")) == 3
    assert {asked.headers["referer"] for asked in images} == {"https://www.pixiv.net/artworks/2"}
    assert not any("cookie" in asked.headers for asked in images)


async def test_no_more_images_are_kept_than_wanted(pixiv):
    job = await crawl(**source(pixiv, "pixiv-tag", query="cat", limit=100, max_images=11))
    assert len(job.of_step("image")) == 11
    assert [each.result["page"] for each in job.of_step("search")] == [1]


async def test_the_newest_works_of_a_user_come_first(pixiv):
    job = await crawl(**source(pixiv, "pixiv-user", query="77", limit=60), max_items=5_000)
    works = [int(each.result["work"]) for each in job.of_step("work")]
    assert works == list(range(149, 89, -1))
    assert len(pixiv.asked_for("/ajax/user/77/profile/illusts")) == 2


async def test_images_of_a_user_are_bounded_over_pages(pixiv):
    job = await crawl(**source(pixiv, "pixiv-user", query="77", limit=150, max_images=100))
    assert len(job.of_step("image")) == 100


async def test_what_the_site_says_is_told(pixiv):
    pixiv.refuses = True
    job = await crawl(**source(pixiv, "pixiv-tag", query="cat"))
    (search,) = job.results.values()
    assert search.status is OutcomeStatus.FAILED
    assert search.error == "HTTP 403 Forbidden: 請登入"
    job = await crawl(**source(pixiv, "pixiv-illust", query="404", cookie=COOKIE))
    assert job.results[0].error == "HTTP 404 Not Found: the work was deleted"


async def test_a_page_to_log_in_at_is_no_end_of_a_search(pixiv):
    pixiv.breaks = {"p=2&": (b"<html>log in</html>", "200 OK", {})}
    job = await crawl(**source(pixiv, "pixiv-tag", query="cat", limit=100), max_items=5_000)
    first, second = job.of_step("search")
    assert first.result["found"] == 60
    assert (second.status, second.error) == (OutcomeStatus.FAILED, "the answer is not JSON")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((b"<html>log in</html>", "200 OK", {}), "the answer is not JSON"),
        ((b"", "302 Found", {"location": "/login"}), "a redirect to http://127.0.0.1"),
        ((b'{"message": "no"}', "403 Forbidden", {}), "HTTP 403 Forbidden: no"),
    ],
)
async def test_works_whose_details_are_not_told_are_not_gone(pixiv, answer, said):
    pixiv.breaks = {"/profile/illusts": answer}
    job = await crawl(**source(pixiv, "pixiv-user", query="77", limit=60))
    (search,) = job.results.values()
    assert search.status is OutcomeStatus.FAILED
    assert search.error.startswith(said)


async def test_a_search_that_finds_the_same_for_ever_ends(pixiv):
    pixiv.endless = True
    job = await crawl(**source(pixiv, "pixiv-tag", query="cat", limit=200), max_items=5_000)
    assert len(job.of_step("search")) == 4
    assert len(job.of_step("work")) == 60


async def test_several_searches_are_the_items_of_a_job(pixiv):
    job = await crawl("1", "2", **source(pixiv, "pixiv-illust"))
    assert [each.result["work"] for each in job.of_step("work")] == ["1", "2"]


def plan(*items, **spec):
    return CrawlSpec(read_recipes(None)).plan(spec, list(items), LIMITS)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("pixiv", "source"),
        ({"name": "nobody"}, "source.name"),
        ({"name": "pixiv-user", "query": "cat"}, "query"),
        ({"name": "pixiv-tag", "query": "a", "mode": "odd"}, "source.mode"),
        ({"name": "pixiv-tag", "query": "a", "limit": 0}, "source.limit"),
        ({"name": "pixiv-tag", "query": "a", "odd": 1}, "source.odd"),
        ({"name": "pixiv-tag", "query": "a", "id": 1}, "source.id"),
        ({"name": "pixiv-tag", "query": "a", "cookie": "a\nb"}, "source.cookie"),
        ({"name": "pixiv-tag"}, "items"),
    ],
)
def test_a_source_that_cannot_be_asked_is_refused(asked, field):
    with pytest.raises(InvalidSpec) as refusal:
        plan(source=asked)
    assert field in [each["field"] for each in refusal.value.details["errors"]]


def test_the_cookie_is_nowhere_in_the_stored_job():
    made = plan(source={"name": "pixiv-tag", "query": "a", "cookie": COOKIE})
    assert COOKIE not in msgspec.json.encode(made.spec).decode()
    assert list(made.secrets.values()) == [COOKIE]
    assert made.spec["delay_s"] == 1.0


def test_the_shipped_recipes_would_do_as_an_operators():
    for name, recipe in read_recipes(None).items():
        assert read_recipe("x.json", msgspec.json.encode(recipe)).name == name


def test_an_operator_may_add_recipes(tmp_path):
    recipe = msgspec.to_builtins(read_recipes(None)["pixiv-illust"])
    (tmp_path / "own.json").write_bytes(msgspec.json.encode({**recipe, "name": "own"}))
    assert set(read_recipes(tmp_path)) == {"own", "pixiv-illust", "pixiv-tag", "pixiv-user"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Bad Name"}, "name"),
        ({"odd": 1}, "odd"),
        ({"work": {"url": "http://a.b/{who}", "images": "$.a"}}, "who"),
        ({"work": {"url": "http://a.b/{id}", "images": "$["}}, "JSON path"),
        ({"work": {"url": "http://", "images": "$.a"}}, "http://"),
        ({"choices": {"order": {"values": {"a": "b"}, "default": "c"}}}, "order"),
    ],
)
def test_a_bad_recipe_is_refused_by_name(tmp_path, change, words):
    recipe = msgspec.to_builtins(read_recipes(None)["pixiv-illust"])
    (tmp_path / "own.json").write_bytes(msgspec.json.encode({**recipe, **change}))
    with pytest.raises(BadRecipe, match=words) as refused:
        read_recipes(tmp_path)
    assert "own.json" in str(refused.value)

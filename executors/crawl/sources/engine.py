"""Follows a recipe: a page of a search finds works, a work finds images, an image is had.

The pages of a search follow each other, and each knows how many works and images the job may still
have: so the limits hold, whoever does which item, and however often. Used by `executors.crawl.run`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from actors.ports import FoundItem, ItemContext
from executors.crawl.asking import Reader
from executors.crawl.items import Image, Search, Work, found
from executors.crawl.job import SourceOptions
from executors.crawl.keys import key_of
from executors.crawl.requests import Asker, Got
from executors.crawl.sources import recipe as recipes
from executors.crawl.sources.recipe import filled
from executors.crawl.wire import FoundWork, ImagesAnswer, ImagesTask, WorksAnswer, WorksTask
from executors.urls import Url, parse_url

# Of one answer.
MAX_FOUND = 5_000

Turn = Callable[[Url], Awaitable[None]]


class FoundThere(Struct, frozen=True, kw_only=True):
    """What an answer had: items, and what the outcome says of it. `refusal` is what the site says
    where it gave nothing."""

    got: Got
    items: list[FoundItem] = []
    told: dict[str, Any] = {}
    refusal: str = ""


class SourceEngine:
    """The source of one job. `turn` waits until a host may be asked once more."""

    def __init__(
        self,
        source: SourceOptions,
        asker: Asker,
        reader: Reader,
        turn: Turn,
        max_url_bytes: int,
    ) -> None:
        self._source = source
        self._recipe = source.recipe
        self._asker = asker
        self._reader = reader
        self._turn = turn
        self._max_url_bytes = max_url_bytes

    def place_of(self, step: Search | Work | Image) -> Url:
        """What is asked for first."""
        match step:
            case Image():
                return parse_url(step.url)
            case Work():
                return parse_url(filled(self._recipe.work.url, self._values(id=step.id)))
            case Search():
                return parse_url(filled(self._search.url, self._of_search(step)))

    async def found_by(
        self, step: Search | Work, context: ItemContext, held: AsyncExitStack
    ) -> FoundThere:
        """Raises NoAnswer, Unread."""
        if isinstance(step, Work):
            return await self._images_of(step, context, held)
        return await self._page_of(step, context, held)

    async def image(
        self, step: Image, context: ItemContext, held: AsyncExitStack, most_bytes: int
    ) -> Got:
        """Raises NoAnswer."""
        images, values = self._recipe.images, self._values(id=step.work)
        headers = self._headers(images.headers, values, cookie=images.cookie)

        def wanted(status: int, _media: str) -> int | None:
            return most_bytes if 200 <= status < 300 else None

        return await self._asker.get(step.url, context, held, wanted=wanted, headers=headers)

    @property
    def _search(self) -> recipes.Search:
        if self._recipe.search is None:
            raise ValueError(f"the source {self._recipe.name} has no search")
        return self._recipe.search

    async def _page_of(
        self, step: Search, context: ItemContext, held: AsyncExitStack
    ) -> FoundThere:
        search, values = self._search, self._of_search(step)
        got = await self._asked(search, values, context, held)
        if got.verdict.error is not None or got.leads_to is not None:
            return await self._refused(got)
        answer = await self._works(got)
        works, last = answer.works, not answer.works
        if search.keys_of:
            start = (step.page - 1) * search.per_page
            last = start + search.per_page >= len(works)
            works = works[start : start + search.per_page]
            if works and search.details is not None:
                await self._turn(self.place_of(step))
                got, answer = await self._detailed(works, values, context, held)
                if got.verdict.error is not None or got.leads_to is not None:
                    return await self._refused(got)
                works = answer.works
        items, more = self._works_found(step, works[: step.works], last=last)
        told = {"http_status": got.status, "found": len(works), "more": more}
        # Behind the last page some sites have nothing but words.
        is_refused = not works and (step.page == 1 or answer.broken)
        refusal = answer.refusal if is_refused else ""
        return FoundThere(got=got, items=items, told=told, refusal=refusal)

    async def _detailed(
        self,
        works: tuple[FoundWork, ...],
        values: dict[str, str],
        context: ItemContext,
        held: AsyncExitStack,
    ) -> tuple[Got, WorksAnswer]:
        """The same works, as another answer tells them. One that it does not tell is gone."""
        details = self._search.details
        if details is None:
            raise AssertionError("asked only where there are details")
        ids = "&".join(filled(details.each, {"id": quote(work.id, safe="")}) for work in works)
        got = await self._asked(details, {**values, "ids": ids}, context, held)
        if got.verdict.error is not None or got.leads_to is not None:
            return got, WorksAnswer()
        answer = await self._works(got, keys=False)
        known = {work.id: work for work in answer.works}
        told = tuple(known[work.id] for work in works if work.id in known)
        return got, replace(answer, works=told)

    def _works_found(
        self, step: Search, works: Iterable[FoundWork], *, last: bool
    ) -> tuple[list[FoundItem], bool]:
        """Works as items, and the next page where more of them are wanted; and whether there is."""
        items: list[FoundItem] = []
        left_works, left_images = step.works, step.images
        pace = parse_url(filled(self._recipe.work.url, self._values(id="1"))).origin
        for work in works:
            if left_images == 0:
                break
            most = left_images
            if left_images is not None and work.images is not None:
                most = min(left_images, work.images)
                left_images -= most
            made = Work(id=work.id, title=work.title, images=most)
            items.append(found(made, f"work:{work.id}", pace))
            left_works -= 1
        more = not last and left_works > 0 and left_images != 0
        if more:
            following = Search(
                query=step.query, page=step.page + 1, works=left_works, images=left_images
            )
            key = f"search:{following.page}:{step.query}"
            items.append(found(following, key, self.place_of(step).origin))
        return items, more

    async def _images_of(
        self, step: Work, context: ItemContext, held: AsyncExitStack
    ) -> FoundThere:
        work = self._recipe.work
        got = await self._asked(work, self._values(id=step.id), context, held)
        if got.verdict.error is not None or got.leads_to is not None:
            return await self._refused(got)
        most = MAX_FOUND if step.images is None else min(step.images, MAX_FOUND)
        task = ImagesTask(got.body, work.images, self._recipe.refusal, most, self._max_url_bytes)
        answer = await self._reader.ask(task, ImagesAnswer)
        items = []
        for place, url in enumerate(answer.images):
            image = Image(url=url, depth=step.depth + 1, work=step.id, place=place)
            items.append(found(image, key_of(url), parse_url(url).origin))
        told = {"http_status": got.status, "found": len(items)}
        refusal = "" if items or most == 0 else answer.refusal or "the work has no images"
        return FoundThere(got=got, items=items, told=told, refusal=refusal)

    async def _refused(self, got: Got) -> FoundThere:
        refusal = ""
        if got.body:
            refusal = (await self._works(got)).refusal
        elif got.leads_to is not None:
            refusal = f"a redirect to {got.leads_to}"
        return FoundThere(got=got, told={"http_status": got.status}, refusal=refusal)

    async def _works(self, got: Got, *, keys: bool = True) -> WorksAnswer:
        search = self._recipe.search
        task = WorksTask(
            body=got.body,
            works="$.none" if search is None else search.works,
            keys_of=() if search is None or not keys else search.keys_of,
            id="id" if search is None else search.id,
            title="title" if search is None else search.title,
            images="" if search is None else search.images,
            refusal=self._recipe.refusal,
            most=MAX_FOUND,
        )
        return await self._reader.ask(task, WorksAnswer)

    async def _asked(
        self,
        step: recipes.Step,
        values: dict[str, str],
        context: ItemContext,
        held: AsyncExitStack,
    ) -> Got:
        headers = self._headers(step.headers, values, cookie=step.cookie)
        most_bytes = self._reader.max_bytes
        return await self._asker.get(
            filled(step.url, values),
            context,
            held,
            wanted=lambda _status, _media: most_bytes,
            headers=headers,
        )

    def _headers(
        self, headers: dict[str, str], values: dict[str, str], *, cookie: bool
    ) -> list[tuple[str, str]]:
        pairs = [(name.lower(), filled(text, values)) for name, text in headers.items()]
        if cookie and self._source.cookie:
            pairs.append(("cookie", self._source.cookie))
        return pairs

    def _of_search(self, step: Search) -> dict[str, str]:
        words = [word.strip() for word in step.query.split(",") if word.strip()]
        return self._values(
            query=self._recipe.and_word.join(words),
            page=str(step.page),
            offset=str((step.page - 1) * self._search.per_page),
        )

    def _values(self, **values: str) -> dict[str, str]:
        """What stands for the names in a recipe, each escaped as a part of an address."""
        names = {**dict.fromkeys(("query", "id", "page", "offset", "ids"), ""), **values}
        return {
            name: quote(text, safe="") for name, text in {**names, **self._source.values}.items()
        }

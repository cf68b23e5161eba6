"""The site that crawls are of."""

import pytest

from tests.support.crawl_site import CrawlSite


@pytest.fixture
async def site(nursery):
    served = CrawlSite()
    await nursery.start(served.run)
    return served

"""A crawl job's spec as its plan stored it, secrets filled in. Used by the runs."""

from __future__ import annotations

from msgspec import Struct

from actors.ports.proxies import PoolBrief
from executors.crawl.sources.recipe import Recipe
from executors.headers import is_secret


class SourceOptions(Struct, frozen=True):
    """The source of a job: its recipe, and what stands for the names in that."""

    name: str
    recipe: Recipe
    values: dict[str, str]
    cookie: str


class CrawlOptions(Struct, frozen=True, kw_only=True):
    """See docs/crawl.md. `origins` are those that the job's secret headers are for."""

    depth: int
    same_site: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    content: str
    sitemap: bool
    robots: bool
    delay_s: float
    timeout_s: float
    headers: dict[str, str]
    user_agent: str
    proxies: tuple[str, ...]
    proxy_rotation: bool
    proxy_pool: bool
    max_links: int
    max_path_depth: int
    max_queries: int
    max_per_pattern: int
    max_body_bytes: int
    max_url_bytes: int
    origins: tuple[str, ...] = ()
    source: SourceOptions | None = None
    pool: PoolBrief | None = None

    @property
    def agent(self) -> str:
        """The name that robots.txt knows us by: `Nightdesk` of `Nightdesk/1.0 (...)`."""
        name = next((v for n, v in self.headers.items() if n.lower() == "user-agent"), None)
        words = (name or self.user_agent).split("/")[0].split()
        return words[0] if words else "*"

    def headers_for(self, origin: str) -> tuple[tuple[str, str], ...]:
        """What is sent there besides what the item needs: secrets only where they are meant for."""
        names = {name.lower() for name in self.headers}
        agent = () if "user-agent" in names else (("user-agent", self.user_agent),)
        told = origin in self.origins
        own = [(name, text) for name, text in self.headers.items() if told or not is_secret(name)]
        return (*agent, *own)

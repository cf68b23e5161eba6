"""The recipes of crawls' sources: those that come along, and the operator's (--sources).

Read by `nightdesk.serve` before anything is touched.
"""

from __future__ import annotations

from pathlib import Path

from executors.crawl.sources.recipe import BadRecipe, read_recipes
from executors.crawl.spec import CrawlSpec
from nightdesk.config import Config
from nightdesk.ranges import ConfigError


def crawl_spec(config: Config) -> CrawlSpec:
    """Raises ConfigError."""
    folder = Path(config.sources).expanduser() if config.sources else None
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"--sources {config.sources}: is no folder")
    try:
        return CrawlSpec(read_recipes(folder))
    except BadRecipe as bad:
        raise ConfigError(f"--sources {config.sources}: {bad}") from bad

"""The recipes of crawls' sources: those that come along, and the operator's (--sources); and the
operator's cookies for them (--source-cookie-file).

Read by `nightdesk.serve` before anything is touched.
"""

from __future__ import annotations

from pathlib import Path

from executors.crawl.sources.cookies import BadCookie, SourceCookies
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


def source_cookies(config: Config) -> SourceCookies:
    """Those of --source-cookie-file, each read once. Raises ConfigError, which quotes none."""
    files: dict[str, Path] = {}
    for text in config.source_cookie_file:
        name, equals, place = text.partition("=")
        if not (name and equals and place):
            raise ConfigError(f"--source-cookie-file {text}: must be NAME=FILE")
        if name in files:
            raise ConfigError(f"--source-cookie-file {text}: there is another file of that name")
        files[name] = Path(place).expanduser()
    cookies = SourceCookies(files)
    try:
        cookies.check()
    except BadCookie as bad:
        raise ConfigError(f"--source-cookie-file: {bad}") from bad
    return cookies

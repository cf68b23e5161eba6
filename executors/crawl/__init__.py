"""Kind `crawl`: pages of a site, found by their links; or the works of a named source."""

"""Kind `fetch`: a URL over HTTP."""

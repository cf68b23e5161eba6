"""Kind `visit`: a URL or a journey in server-side Chromium."""

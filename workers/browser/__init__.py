"""The browser tool: Chromium, driven by Playwright in a thread beside the worker's Trio loop."""

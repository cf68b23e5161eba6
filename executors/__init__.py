"""Executors: a folder a kind, with `spec` (light, for the server) and `run` (for workers only)."""

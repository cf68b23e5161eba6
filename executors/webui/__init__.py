"""Talking to the WebUI that the operator named. Shared by the kinds of job that work with it."""

"""The operator's WebUI, seen from the server: how it is, and its program where we start it."""

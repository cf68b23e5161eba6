"""A proxy is greeted: whether it is there, before anybody relies on it."""

"""The pictures of the README, taken again by `make screenshots`."""

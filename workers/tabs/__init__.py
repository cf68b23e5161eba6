"""The pool `tab`: open pages of the desks' owners as workers. See `docs/tabs.md`."""

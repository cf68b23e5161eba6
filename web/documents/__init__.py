"""Documents on the wire: the library of a desk, and how its jobs are made from it."""

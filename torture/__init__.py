"""The experiments behind docs/durability.md: each would find the bug that it says is not there.

`python -m torture` (or `make torture`) runs them in full and prints one table; `tests/torture/`
runs a small share of each on every commit. Nothing in the product imports this package.
"""

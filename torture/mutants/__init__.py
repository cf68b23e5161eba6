"""Deliberately broken Nightdesks: shows that the suite would notice each promise being broken.

`mutants.toml` says what is broken and which tests must fail; `experiment.py` breaks and runs them.
"""

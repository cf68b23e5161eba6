"""Damaged data folders: real desks of the real store, spoilt in thousands of ways, then opened by
the real store and real desks. `experiment.run` is the frame's entry.
"""

"""A whole server in one task tree on a virtual clock, its disk and its luck drawn from one seed.

Everything above the store is the product, unchanged: supervisor, desks, lanes, runners, pools. The
disk fails, the power goes, workers die, users are hasty; what was promised is checked at each step.
"""

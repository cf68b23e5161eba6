"""Durable state: the model, its codec and migrations, and the stores that keep it.

The lowest layer: it imports nothing else of Nightdesk. Only `actors.session` (and the runner of a
job, for that job's files) calls the write side.
"""

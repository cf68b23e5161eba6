"""Dialects: the words of other systems, so that what was written for them works unchanged.

Each is thin: it translates paths, fields and errors, and the core does the work.
"""

"""The dialect of document batches: templates, tables, tasks, progress, downloads.

Its contract is told in three spellings of paths; `docs/documents-api.md` lists every address.
"""

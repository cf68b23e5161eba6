"""LibreOffice in a jailed worker: where it is found, how it is driven, how it is kept up.

It runs in the worker's own process, by its C interface (LibreOfficeKit): no program is started, no
socket opened, and whatever a document does to it, the worker's jail holds and its limits end.
"""

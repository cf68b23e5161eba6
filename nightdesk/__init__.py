"""Nightdesk: hand over a batch, close the tab, come back to the truth.

The composition root: configuration, the server's root nursery, the command line, the client.
"""

"""The actor of one desk: its mailbox, its loop, what it shows and the runners it keeps.

Started by `actors.supervisor`, one a desk; nobody else touches a desk's state or calls the store's
write side for it.
"""

"""The check of a data folder, file by file, and its repair from what is still good.

`state.doctor.examine` runs it. Synchronous, through the `Files` port, without a store: the folder
may belong to a running server (then nothing is changed), or be in a state that no server opens.
Called by `nightdesk.cli.doctor`.
"""

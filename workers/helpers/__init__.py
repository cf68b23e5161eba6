"""Processes in which a net worker has the bytes of strangers taken apart, each of which can be
ended: its loop and its other items go on."""

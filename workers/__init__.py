"""Worker processes: the frames they speak, the pool that owns them, the host inside, egress."""

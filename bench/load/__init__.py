"""Load clients: scripts in processes of their own, on raw asyncio sockets, JSON in and out."""

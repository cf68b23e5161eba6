"""The kill -9 experiment on the user's own disk: `nightdesk crashtest`, and torture's `kill`.

A real server is killed again and again under clients that do everything; what they were told is
then compared with what is there. `run` drives it, `judge` (pure) decides.
"""

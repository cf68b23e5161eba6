"""The dialect of the background tasks of older pages. See docs/background-tasks.md.

Its tasks are the desk's journeys, its background task is the job that runs them.
"""

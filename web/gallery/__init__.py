"""Pictures where they are: those that a desk's jobs have made, and those in folders that the
operator has opened. Used by the native API and by the dialect of the task manager.
"""

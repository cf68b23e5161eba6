"""The dialect of the task manager: one queue of pictures that are made, collected, tagged, learned
from and sorted.

`docs/task-manager.md` lists every address, and what is answered to each.
"""

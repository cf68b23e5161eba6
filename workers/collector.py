"""Sets Python's garbage collector for a process that must not pause. `nightdesk.cli.server` calls
`rest` before the heavy imports; `nightdesk.serve`, and `workers.host` in each worker, call `settle`
after them.

Reference counts free nearly everything here; the collector only finds cycles, and stops the loop
while it looks. Measured with 500 connections that send commands (two cores): the defaults collect
13 % of the time, up to 100 ms at once; these settings took the answers from 580 to 800 a second. At
1,000 fetches in flight they took the loop's longest stop from 59 to 7 ms.
"""

from __future__ import annotations

import gc

# A request leaves about a hundred tracked objects for its lifetime. With the default of 700 those
# of requests under way pass for old; collections of the old are then far too frequent.
THRESHOLDS = (5_000, 20, 50)


def rest() -> None:
    """No walks for now: nothing that imports make is garbage."""
    gc.disable()


def settle() -> None:
    """Take what the imports made out of every future walk, and walk less often."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()

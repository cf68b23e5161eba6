"""How large a picture may be that a worker looks at. Used by both halves of executors of pictures.

None is for an operator to set: what they do not catch ends at the limits of the jail.
"""

from __future__ import annotations

MIB = 1024 * 1024
MAX_BYTES = 20 * MIB
MAX_PIXELS = 50_000_000
# No format but two can have more, and a row of one pixel costs as much as one of many.
MAX_SIDE = 65_535

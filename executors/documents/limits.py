"""How much one template may be and one document may cost. Used by what works in the jail.

None is for an operator to set: each is far above what a letter, a contract or an invoice needs, and
what they do not catch ends at the limits of the jail.
"""

from __future__ import annotations

MIB = 1024 * 1024

# Of a Word template: what is in its archive, and its largest part as XML.
MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 64 * MIB
MAX_PART_BYTES = 8 * MIB
# How many times its packed size a part may unpack to, once it is large.
MAX_RATIO = 200

# Of one part of a template, of any kind: its tags, and all the words and signs in them.
MAX_TAGS = 10_000
MAX_WORDS = 50_000

# Of a document that is being made: characters of one part, turns of all its loops, what a single
# value may grow to, and the digits (in bits) of a number.
MAX_OUTPUT_CHARS = 16 * MIB
MAX_TURNS = 1_000_000
MAX_TEXT_CHARS = 1_000_000
MAX_RANGE = 100_000
MAX_NUMBER_BITS = 512

# Of a picture.
MAX_PICTURE_BYTES = 10 * MIB
MAX_PICTURE_PIXELS = 40_000_000
MAX_PICTURES = 100


class OverLimit(Exception):
    """A document would take more than one may; the message says what of."""

"""What pictures are made by, and what was learned from them: the presets, characters and models
of a desk's library, on the wire.
"""

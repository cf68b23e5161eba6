"""Pure rules: (state, message, now) -> (state, effects). No await, no clock, no I/O."""

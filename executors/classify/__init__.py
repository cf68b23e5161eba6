"""Jobs that say which of the labels of a model that a desk has learned are on pictures."""

"""Jobs that learn labels from pictures: features of the embedded model, and a head on them."""

"""Jobs that tag pictures: which things, or which marks of style, are in them."""

"""Word templates: what is in their package, their placeholders, and the documents made of them."""

"""Named sources: recipes (JSON beside this file, and the operator's) and what they mean."""

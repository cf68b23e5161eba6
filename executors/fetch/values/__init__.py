"""What users have taken out of the bodies that were fetched: the rules for it, and the work."""

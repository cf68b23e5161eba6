"""Pictures as models see them: the embedded model, how it is built, and hostile bytes decoded."""

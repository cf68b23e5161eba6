"""The QuartTrio front end: it knows who asks and how it is said on the wire; it decides nothing."""

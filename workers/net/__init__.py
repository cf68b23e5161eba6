"""Egress: the only place that opens outgoing connections."""

"""Fuzz: 20,000 inputs that nobody would send, to a real server, by REST, raw bytes and sockets.

What is sent comes from Hypothesis and schemathesis; each input is made from the seed and its own
number, so that one line sends it again.
"""

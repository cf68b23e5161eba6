"""The local proxy through which Chromium reaches the network, under the rules of the egress."""

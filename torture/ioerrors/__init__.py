"""I/O errors: every call of every store command fails in every way, and nothing is lied about.

In process on a kernel in memory that forgets what it could not write, as real ones do, and on real
servers whose disk fills up, fails, or becomes read-only while they work.
"""

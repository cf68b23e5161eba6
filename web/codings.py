"""In which codings an answer may be sent: what a client's `Accept-Encoding` takes.

Compressed are the page's own files, the items of the sample site, and the snapshot of a desk: they
hold nothing of the request and no secret, so that their size tells nothing to whoever listens
(BREACH). Answers that have what other sites have written beside what the desk's user has (outcomes,
logs) are not.
"""

from __future__ import annotations

AS_IT_STANDS = ""


def taken(accept_encoding: str) -> frozenset[str]:
    """The codings that are named, and not by a weight of nothing. As it stands, an answer is
    always taken: refusing that would leave the client nothing at all."""
    codings = {AS_IT_STANDS}
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if not weight.strip() or weight.strip().removeprefix("q=").strip("0."):
            codings.add(coding.strip())
    return frozenset(codings)

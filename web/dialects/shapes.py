"""Which dialect a path belongs to, and so in what shape its errors are told. Pure.

Called for every error on its way out, by `web.app` (what handlers raise) and by `web.exchange`
(what the door refuses).
"""

from __future__ import annotations

from web.dialects.background import paths as background_paths
from web.dialects.background import refusals as background_refusals
from web.dialects.batchgo import paths as batchgo_paths
from web.dialects.batchgo import refusals as batchgo_refusals
from web.dialects.documents import paths as documents_paths
from web.dialects.documents import refusals as documents_refusals
from web.dialects.languages import language_of
from web.dialects.taskmanager import paths as manager_paths
from web.dialects.taskmanager import refusals as manager_refusals
from web.errors import Answer, Told


def told(error: BaseException, answer: Answer, path: str, languages: str | None) -> Told:
    """`languages` is the request's `Accept-Language`."""
    if background_paths.is_ours(path):
        return background_refusals.told(error, answer, language_of(languages))
    if batchgo_paths.is_ours(path):
        return batchgo_refusals.told(error, answer, language_of(languages), path)
    if documents_paths.is_ours(path):
        return documents_refusals.told(error, answer, language_of(languages))
    if manager_paths.is_ours(path):
        return manager_refusals.told(error, answer, language_of(languages))
    return answer.told()


def takes_tokens(path: str) -> bool:
    """Whether a socket at that path may have its token in the address."""
    others = documents_paths.is_socket(path) or path in manager_paths.SOCKETS
    return others or path in batchgo_paths.SOCKETS


def sends_cookies(path: str) -> bool:
    """Whether the pages that ask for that path have their browsers send cookies along, so that
    those of another origin read no answer that does not allow it."""
    families = (background_paths, batchgo_paths, documents_paths, manager_paths)
    return any(family.is_ours(path) for family in families)

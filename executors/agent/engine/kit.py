"""What one task is worked on with. A value.

Made by `executors.agent.run` and by the command line; see `executors.agent.engine.task`.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from executors.agent.engine.news import News
from executors.agent.engine.redaction import Redactor
from executors.agent.ports import Book, ChatModel, Folder

_NO_SECRETS = Redactor(())


def _unheard(news: News) -> None:
    """Nobody is told."""


class Kit(Struct, frozen=True, kw_only=True):
    """`redactor` takes the secrets out of all that is recorded, told, sent to a model or given to a
    tool. `tell` must not wait."""

    coder: ChatModel
    judge: ChatModel
    folder: Folder
    book: Book
    tell: Callable[[News], None] = _unheard
    redactor: Redactor = _NO_SECRETS

    def model_of(self, role: str) -> ChatModel:
        return self.judge if role == "judge" else self.coder

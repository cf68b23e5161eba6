"""What the machine has not is told to whoever asks for what needs it, with the way to get it."""

from __future__ import annotations

import pytest

from executors.refusals import MachineLacks
from web.errors import WebError
from web.jailed import jailed


class SilentLog:
    """Has nothing to take: the operator was told when the server started."""


def test_what_the_machine_lacks_is_no_secret_of_the_operators():
    lack = "LibreOffice is not installed: apt-get install libreoffice-writer-nogui"
    with (
        pytest.raises(WebError) as told,
        jailed("the document", SilentLog(), "spec", "made"),
    ):
        raise MachineLacks(lack)
    assert (told.value.code, str(told.value)) == ("overloaded", lack)

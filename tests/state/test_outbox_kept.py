"""The outbox in the desk's file: kept as it was, refused as it cannot be."""

import pytest
from msgspec.structs import replace

from state.codec import Damaged, decode, encode
from state.model import DeskState, has_work
from state.notices import Notice, Webhook
from state.views import desk_key

ALICE = desk_key("alice")
EPOCH = 1_700_000_000.0
HOOK = Webhook("h1", "http://hook.example/told", ("failed",), "webhook.h1")
NOTICE = Notice("msg_1", "h1", "webhook.test", EPOCH, {}, EPOCH)


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhooks": ()},
        {"outbox": (replace(NOTICE, next_at=float("1e300")),)},
    ],
)
def test_an_outbox_that_no_desk_ever_saved_is_damage(wrong):
    good = DeskState(created_at=EPOCH, webhooks=(HOOK,), outbox=(NOTICE,))
    assert decode(ALICE, encode(ALICE, good)).state == good
    assert has_work(good)
    with pytest.raises(Damaged, match="outbox"):
        decode(ALICE, encode(ALICE, replace(good, **wrong)))

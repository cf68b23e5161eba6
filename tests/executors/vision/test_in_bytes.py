"""The embedded model in bytes sees what it sees in floats, and is refused where it does not."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from executors.vision.build import BuildFailed, check_alike, in_floats, known_weights
from executors.vision.embedded import EmbeddedModel, _batch
from executors.vision.moments import Moments
from executors.vision.place import embedded_model
from executors.vision.quantized import _shift, quantized
from executors.vision.session import adds_exactly, open_session


@pytest.fixture(scope="module")
def weights():
    return known_weights()


@pytest.fixture(scope="module")
def floats(weights):
    return in_floats(weights)


@pytest.fixture(scope="module")
def pictures():
    """Photographs, whole and in parts, as they are and upside down."""
    whole = [Image.fromarray(image) for image in load_sample_images().images]
    boxes = [(0, 0, 640, 427), (0, 0, 320, 320), (320, 100, 640, 420), (150, 50, 450, 350)]
    parts = [image.crop(box) for image in whole for box in boxes]
    turn = Image.Transpose.FLIP_LEFT_RIGHT
    return [*parts, *(part.transpose(turn) for part in parts)]


def seen(model, pictures):
    """The logits and the features of a model in floats, of what one in bytes is given."""
    batch = (_batch(pictures).astype(np.float32) - 127) / 128
    session = open_session(model)
    return session.run(["logits", "features"], {"pictures": batch.transpose(0, 3, 1, 2)})


def alike(one, other):
    return (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


def test_it_sees_what_the_floats_see(floats, pictures):
    logits, features = seen(floats, pictures)
    model = EmbeddedModel(embedded_model())
    shares = model.probabilities(pictures)
    powers = np.exp(logits - logits.max(1, keepdims=True))
    expected = powers / powers.sum(1, keepdims=True)
    sure = expected.max(1) > 0.3
    assert sure.sum() >= 6
    assert (shares.argmax(1) == expected.argmax(1))[sure].all()
    assert np.abs(shares - expected).max() < 0.2
    assert alike(model.features(pictures), features).min() > 0.991


def test_a_model_that_sees_other_things_is_refused(weights, floats):
    name = "_blocks.5._project_conv.weight"
    other = quantized({**weights, name: weights[name][::-1]})
    with pytest.raises(BuildFailed, match="sees other things"):
        check_alike(other, floats)


def test_weights_that_are_next_to_nothing_leave_their_bias(weights, pictures):
    """Steps of nothing would not reach it in 32 bits."""
    name = "_blocks.4._bn1"
    scale, bias = (np.array(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    scale[::2], bias[::2] = 1e-20, 3.0
    still = {**weights, f"{name}.weight": scale, f"{name}.bias": bias}
    _, expected = seen(in_floats(still), pictures[:2])
    (features,) = open_session(quantized(still)).run(
        ["features"], {"pictures": _batch(pictures[:2])}
    )
    assert alike(features, expected).min() > 0.97


@pytest.mark.parametrize(
    ("told", "exact"),
    [
        ("flags\t\t: fpu sse2 avx2 avx512f avx512_vnni\n", True),
        ("processor: 0\nflags\t\t: fpu avx2 avx_vnni\nbugs\t\t: swapgs\n", True),
        ("processor: 0\nflags\t\t: fpu sse2 avx2 avx512f\n", False),
        ("Features\t: fp asimd\n", False),
        ("", False),
    ],
)
def test_what_adds_products_of_bytes_exactly_is_known_by_its_flags(tmp_path, told, exact):
    (tmp_path / "cpuinfo").write_text(told)
    assert adds_exactly(tmp_path / "cpuinfo") is exact


def test_a_processor_that_cannot_be_looked_at_is_taken_for_an_old_one(tmp_path):
    assert not adds_exactly(tmp_path / "none")


def test_an_older_processor_sees_the_same(tmp_path, pictures):
    batch = {"pictures": _batch(pictures)}
    old = open_session(embedded_model(), tmp_path / "none")
    (there,) = old.run(["features"], batch)
    (here,) = open_session(embedded_model()).run(["features"], batch)
    assert alike(there, here).min() > 0.999


def test_what_weights_are_off_shifts_the_mean_by_channel():
    off = np.array([[[[0.5]], [[-0.25]]], [[[0.0]], [[1.0]]]], np.float32)
    np.testing.assert_allclose(_shift(off, np.array([2.0, 4.0], np.float32)), [0.0, 4.0])
    alone = np.array([[[[0.5, 0.5]]], [[[0.0, -1.0]]]], np.float32)
    np.testing.assert_allclose(_shift(alone, np.array([2.0, 4.0], np.float32)), [2.0, -4.0])


def test_what_moments_tell_is_what_samples_tell():
    given = Moments(np.array([-1.0, 3.0, 7.0], np.float32), np.array([1.0, 2.0, 0.5], np.float32))
    values = np.random.default_rng(1).normal(given.mean, given.deviation, (200_000, 3))
    np.testing.assert_allclose(given.clipped_mean(), np.clip(values, 0, 6).mean(0), atol=0.01)
    assert given.reach() == (-5.0, 11.0)
    twice = given.plus(given)
    np.testing.assert_allclose(twice.mean, [-2, 6, 14])
    np.testing.assert_allclose(twice.deviation, given.deviation * np.sqrt(2), rtol=1e-6)


def test_zero_is_within_what_any_channel_reaches():
    assert Moments(np.float32([9]), np.float32([1])).reach() == (0.0, 13.0)
    assert Moments(np.float32([-9]), np.float32([1])).reach() == (-13.0, 0.0)

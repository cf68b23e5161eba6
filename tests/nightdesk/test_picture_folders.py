"""--images-dir and --tagger-dir: what they may say, and how they are refused."""

import pytest

from nightdesk import parts
from nightdesk.config import Config
from nightdesk.pictures import opened_folders, tagger_folder
from nightdesk.ranges import ConfigError
from tests.support.tagging import wd14_folder


def test_folders_are_opened_under_their_names(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"a")
    folders = opened_folders(Config(images_dir=(f"pets={tmp_path}",)))
    assert folders.names == ("pets",)
    assert folders.read("pets/a.jpg", 1) == b"a"


def test_a_folder_is_open_to_be_written_where_that_is_said(tmp_path):
    (tmp_path / "odd:rw").mkdir()
    texts = (f"a={tmp_path}", f"b={tmp_path}:rw", f"c={tmp_path}:ro", f"d={tmp_path}/odd:rw:ro")
    folders = opened_folders(Config(images_dir=texts))
    assert folders.names == ("a", "b", "c", "d")
    assert [folders.may_write(name) for name in folders.names] == [False, True, False, False]
    assert opened_folders(Config(images_dir=(f"b={tmp_path}:rw",))).pictures("b", 1) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pets", "NAME=FOLDER"),
        ("=/tmp", "NAME=FOLDER"),
        ("a/b=/tmp", "without slashes"),
        ("..=/tmp", "NAME=FOLDER"),
        ("pets=/does/not/exist", "there is no such folder"),
    ],
)
def test_what_names_no_folder_is_refused(text, reason):
    with pytest.raises(ConfigError, match=reason):
        opened_folders(Config(images_dir=(text,)))


def test_a_name_is_given_once(tmp_path):
    texts = (f"pets={tmp_path}", f"pets={tmp_path}")
    with pytest.raises(ConfigError, match="another folder of that name"):
        opened_folders(Config(images_dir=texts))


def test_a_tagger_has_a_model_and_a_table(tmp_path):
    assert tagger_folder(Config()) is None
    folder = wd14_folder(tmp_path / "tagger")
    assert tagger_folder(Config(tagger_dir=str(folder))) == folder
    (folder / "selected_tags.csv").unlink()
    with pytest.raises(ConfigError, match=r"no selected_tags\.csv"):
        tagger_folder(Config(tagger_dir=str(folder)))
    with pytest.raises(ConfigError, match="no such folder"):
        tagger_folder(Config(tagger_dir=str(tmp_path / "none")))


def test_jailed_workers_may_read_the_models_and_no_pictures(tmp_path):
    folder = wd14_folder(tmp_path / "tagger")
    config = Config(tagger_dir=str(folder), images_dir=(f"pets={tmp_path}",))
    cpu = parts.pool_settings(config, [("127.0.0.1", 80)], [], 9).cpu
    assert str(folder) in cpu.readable
    assert str(tmp_path) not in cpu.readable

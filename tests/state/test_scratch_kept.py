"""What is spared when a folder is emptied, and what is not for having such a name elsewhere."""

from __future__ import annotations

from state.scratch import empty


def test_what_has_a_kept_name_stays_with_all_that_is_in_it(tmp_path):
    for folder in ("stays", "goes", "goes/stays"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_text("something")
    (tmp_path / "file").write_text("something")
    empty(tmp_path, ("stays",))
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "stays",
        "stays/file",
    ]


def test_without_kept_names_nothing_stays(tmp_path):
    (tmp_path / "stays").mkdir()
    empty(tmp_path)
    assert list(tmp_path.iterdir()) == []

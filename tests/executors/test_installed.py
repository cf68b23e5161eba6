"""Kinds that packages bring by entry points: what is taken, and what is refused and why."""

from __future__ import annotations

import sys

import pytest

from executors.installed import BadExecutor, installed_kinds

GOOD = """
class Spec:
    kind = "echo"
    pool = "cpu"
    runner = "echo_kind.run:Echo"
    manifest = ()

    def plan(self, spec, items, limits): ...
    def describe(self, item): ...
    def pool_of(self, spec): ...
    def fill_secrets(self, spec, secrets): ...
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Installs a package with one kind into a folder of its own: its path."""

    def install(
        source=GOOD, name="echo", value="echo_kind.spec:Spec", dist="echo-kind", module="echo_kind"
    ):
        folder = tmp_path / dist
        (folder / module).mkdir(parents=True)
        (folder / module / "__init__.py").touch()
        (folder / module / "spec.py").write_text(source)
        about = folder / f"{dist.replace('-', '_')}-1.2.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.2\n")
        (about / "entry_points.txt").write_text(f"[nightdesk.executors]\n{name} = {value}\n")
        monkeypatch.syspath_prepend(str(folder))
        for known in [each for each in sys.modules if each.partition(".")[0] == module]:
            monkeypatch.delitem(sys.modules, known)
        return folder

    yield install
    for known in [each for each in sys.modules if each.partition(".")[0].endswith("_kind")]:
        del sys.modules[known]


def test_a_kind_is_found_with_its_package_and_the_folder_of_its_modules(package):
    folder = package()
    (one,) = installed_kinds({"fetch"})
    assert (one.executor.kind, one.package, one.version) == ("echo", "echo-kind", "1.2")
    assert one.folders == (str(folder),)


def test_a_folder_that_is_on_the_path_twice_brings_its_kind_once(package, monkeypatch):
    folder = package()
    monkeypatch.setattr(sys, "path", [f"{folder}/", *sys.path])
    assert [one.executor.kind for one in installed_kinds(())] == ["echo"]


def test_no_package_replaces_a_kind_of_ours(package):
    package()
    with pytest.raises(BadExecutor, match=r"echo-kind .*'echo'.* there is a kind 'echo' already"):
        installed_kinds({"echo"})


def test_two_packages_that_bring_one_kind_are_refused(package):
    package()
    package(value="other_kind.spec:Spec", dist="other-kind", module="other_kind")
    with pytest.raises(BadExecutor, match="brings this kind, too"):
        installed_kinds(())


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("class Spec:\n    def __init__(self, needed): ...", "TypeError"),
        ("raise OSError('no such disk')", "OSError: no such disk"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("class Spec: ...", "it has no plan, describe, pool_of, fill_secrets"),
        (GOOD.replace('kind = "echo"', 'kind = "other"'), "it calls itself 'other'"),
        (GOOD.replace('"cpu"', '"office"'), "its pool must be one of net, cpu, browser"),
        (GOOD.replace('"echo_kind.run:Echo"', '"echo_kind.run"'), "package.module:Class"),
        (GOOD.replace('"echo_kind.run:Echo"', '"no_such_kind.run:X"'), "no module 'no_such_kind'"),
        (GOOD.replace("manifest = ()", "manifest = 'file'"), "must be a tuple of names"),
    ],
)
def test_what_is_wrong_with_a_package_is_told_with_its_name(package, source, said):
    package(source)
    with pytest.raises(BadExecutor) as refused:
        installed_kinds(())
    assert str(refused.value).startswith("the package echo-kind brings the kind 'echo'")
    assert said in str(refused.value)


def test_a_kind_has_a_name_that_can_stand_in_an_address(package):
    package(name="Not so/good")
    with pytest.raises(BadExecutor, match="a kind is called by up to 40"):
        installed_kinds(())

"""The operator's own servers as the settings name them."""

import base64

import pytest

from nightdesk.config import Config
from nightdesk.ranges import ConfigError
from nightdesk.services import operator_services, webui_settings


def test_none_is_named_by_default():
    assert operator_services(Config()) == {}


def test_a_webui_and_its_login(tmp_path):
    login = tmp_path / "login"
    login.write_text("me:päss:word\n")
    config = Config(webui="http://10.0.0.5:7860/", webui_auth_file=str(login))
    services = operator_services(config)
    assert services["webui"].pop("turns").endswith("/webui-turns")
    scheme, _, told = services["webui"].pop("authorization").partition(" ")
    assert services == {"webui": {"origin": "http://10.0.0.5:7860"}}
    assert (scheme, base64.b64decode(told).decode()) == ("Basic", "me:päss:word")


@pytest.mark.parametrize(
    ("webui", "login", "words"),
    [
        ("", "me:secret", "needs --webui"),
        ("10.0.0.5:7860", None, "--webui 10.0.0.5:7860"),
        ("http://h/path", None, "more than a scheme"),
        ("http://h", "secret", "USER:PASSWORD"),
        ("http://h", "me:secret\nyou:secret", "USER:PASSWORD"),
        ("http://h", b"\xff", "--webui-auth-file"),
    ],
)
def test_settings_that_are_wrong_are_told_without_the_login(tmp_path, webui, login, words):
    file = tmp_path / "login"
    if login is not None:
        file.write_bytes(login if isinstance(login, bytes) else login.encode())
    config = Config(webui=webui, webui_auth_file="" if login is None else str(file))
    with pytest.raises(ConfigError) as refused:
        operator_services(config)
    assert words in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="gone"):
        operator_services(Config(webui="http://h", webui_auth_file=str(tmp_path / "gone")))


def test_how_the_webui_is_started(tmp_path):
    login = tmp_path / "login"
    login.write_text("me:hunter2")
    config = Config(
        webui="http://h:7860",
        webui_auth_file=str(login),
        webui_command="./webui.sh --api --ckpt 'my model.safetensors'",
        webui_cwd=str(tmp_path),
    )
    settings = webui_settings(config)
    assert settings.command == ("./webui.sh", "--api", "--ckpt", "my model.safetensors")
    assert (settings.named, settings.folder) == (True, tmp_path.resolve())
    assert settings.secrets == ("me:hunter2", "hunter2")
    bare = webui_settings(Config())
    assert (bare.named, bare.command, any(bare.secrets)) == (False, (), False)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"webui_command": "webui secret"}, "needs --webui"),
        ({"webui": "http://h", "webui_command": "webui 'secret"}, "--webui-command"),
        ({"webui": "http://h", "webui_command": "'' secret"}, "names no program"),
        ({"webui": "http://h", "webui_command": " "}, "names no program"),
        ({"webui": "http://h", "webui_cwd": "/"}, "needs --webui-command"),
        ({"webui": "http://h", "webui_command": "x", "webui_cwd": "/gone"}, "no such folder"),
    ],
)
def test_a_command_that_is_none_is_told_without_itself(fields, words):
    with pytest.raises(ConfigError) as refused:
        webui_settings(Config(**fields))
    assert words in str(refused.value)
    assert "secret" not in str(refused.value)

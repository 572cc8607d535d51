"""The settings: one list, honest defaults, and one clear message for each fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.settings import BadSettings, Settings, read_settings, secret_key

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine, and no .env."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def test_the_example_names_every_setting_and_no_other() -> None:
    assert set(example()) == {name.upper() for name in Settings.model_fields}


def test_each_setting_of_the_example_stands_once() -> None:
    names = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(names) == len(set(names))


def test_the_example_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"), encoding="utf-8")
    assert read_settings() == Settings(_env_file=None)


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings()
    assert settings.database == "sqlite+aiosqlite:///data/otklik.db"
    assert settings.url == "http://localhost:8080"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"HTTP_PORT": "many"}, "HTTP_PORT"),
        ({"HTTP_PORT": "70000"}, "HTTP_PORT"),
        ({"UPDATES": "sometimes"}, "UPDATES"),
        ({"PUBLIC_URL": "otklik.example"}, "PUBLIC_URL: must start with https://"),
        ({"CLOCK": "2026-11-23T10:00:00"}, "CLOCK: must carry its zone"),
        ({"CLOCK": "monday"}, "CLOCK"),
        ({"VK_API_URL": "https://api.vk.ru"}, "VK_API_URL: must end with /method/"),
        ({"TELEGRAM_MODE": "loud"}, "TELEGRAM_MODE"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://x@y/z"}, "postgresql+asyncpg://"),
        ({"STAFF_CHAT": "-100500"}, "STAFF_CHAT"),
        ({"STAFF_CHAT": "telegram:chat"}, "STAFF_CHAT"),
        ({"UPDATES": "webhook", "VK_TOKEN": "t"}, "VK_SECRET, VK_CONFIRMATION"),
        ({"ALERT_HOURS": "never"}, "ALERT_HOURS"),
    ],
)
def test_a_bad_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], words: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=re.escape(words)) as caught:
        read_settings()
    assert len(str(caught.value).splitlines()) == 1


def test_a_public_address_needs_no_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://otklik.example/")
    assert read_settings().url == "https://otklik.example"


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    first = secret_key(settings)
    assert len(first) >= 32
    assert secret_key(settings) == first
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("given", [{"DATABASE_URL": "postgresql+asyncpg://a@b/c"}, {"UPDATES": "webhook"}])
def test_where_several_processes_may_run_the_key_must_be_given(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match="SECRET_KEY"):
        secret_key(read_settings())
    monkeypatch.setenv("SECRET_KEY", "short")
    with pytest.raises(BadSettings, match="32"):
        secret_key(read_settings())
    monkeypatch.setenv("SECRET_KEY", "k" * 32)
    assert secret_key(read_settings()) == b"k" * 32

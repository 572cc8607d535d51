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
        ({"FILE_MEGABYTES": "0"}, "FILE_MEGABYTES"),
        ({"FILE_MEGABYTES": "500"}, "FILE_MEGABYTES"),
        ({"CLAMAV_URL": "127.0.0.1:3310"}, "CLAMAV_URL: use tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl"),
        ({"CLAMAV_URL": "tcp://127.0.0.1"}, "CLAMAV_URL"),
        ({"CLAMAV_URL": "tcp://127.0.0.1:99999"}, "CLAMAV_URL"),
        ({"CLAMAV_URL": "unix://run/clamd.ctl"}, "CLAMAV_URL"),
        ({"CLAMAV_URL": "http://127.0.0.1:3310"}, "CLAMAV_URL"),
    ],
)
def test_a_bad_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], words: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=re.escape(words)) as caught:
        read_settings()
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:3310", "tcp://[::1]:3310", "unix:///run/clamav/clamd.ctl"])
def test_where_the_scanner_may_be(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CLAMAV_URL", url)
    assert read_settings().clamav_url == url


def test_files_lie_beside_the_database_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().files == Path("data/files")
    monkeypatch.setenv("FILES_DIR", "/srv/files")
    monkeypatch.setenv("FILE_MEGABYTES", "3")
    assert (read_settings().files, read_settings().file_bytes) == (Path("/srv/files"), 3 * 1024 * 1024)


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

"""Settings of the installation: the environment and `.env`, checked once at the start."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Mode = Literal["off", "info", "anonymous", "track", "personal"]


class BadSettings(Exception):
    """The start must stop; the message names the setting and the fix."""


class Settings(BaseSettings):
    """Every setting has a working default, so that nothing at all needs to be set for a first run."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: str = ""
    data_dir: Path = Path("data")
    office_dir: Path = Path("demo")
    files_dir: Path | None = None
    file_megabytes: int = Field(20, ge=1, le=100)
    clamav_url: str = ""
    public_url: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = Field(8080, ge=0, le=65535)
    updates: Literal["polling", "webhook"] = "polling"
    staff_chat: str = ""
    alert_hours: Literal["always", "office"] = "always"
    secret_key: str = ""
    clock: datetime | None = None
    log_format: Literal["text", "json"] = "text"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(0, ge=0, le=65535)
    database_timeout: float = Field(4.0, gt=0, le=60)
    network_timeout: float = Field(20.0, gt=0, le=120)

    telegram_token: str = ""
    telegram_api_url: str = "https://api.telegram.org"
    telegram_mode: Mode | None = None

    vk_token: str = ""
    vk_api_url: str = "https://api.vk.ru/method/"
    vk_mode: Mode | None = None
    vk_secret: str = ""
    vk_confirmation: str = ""

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        value = value.strip().rstrip("/")
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("must start with https:// (or http:// on a test machine)")
        return value

    @field_validator("clock")
    @classmethod
    def _zone(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("must carry its zone, for example 2026-11-23T10:00:00+03:00")
        return value

    @field_validator("vk_api_url")
    @classmethod
    def _method(cls, value: str) -> str:
        if not value.endswith("/method/"):
            raise ValueError("must end with /method/ (the name of the method is appended to it)")
        return value

    @field_validator("clamav_url")
    @classmethod
    def _scanner(cls, value: str) -> str:
        if not value:
            return value
        where = urlsplit(value)
        try:
            good = where.scheme == "tcp" and bool(where.hostname and where.port) and not where.path.strip("/")
        except ValueError:  # a port that is none
            good = False
        if not good and not (where.scheme == "unix" and not where.netloc and where.path.startswith("/")):
            raise ValueError("use tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl")
        return value

    @property
    def files(self) -> Path:
        """Where files that clients attach are kept, sealed."""
        return self.files_dir or self.data_dir / "files"

    @property
    def file_bytes(self) -> int:
        return self.file_megabytes * 1024 * 1024

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'otklik.db').as_posix()}"

    @property
    def sqlite(self) -> bool:
        return self.database.startswith("sqlite")

    @property
    def url(self) -> str:
        """Where clients reach our pages."""
        return self.public_url or f"http://localhost:{self.http_port}"


def read_settings() -> Settings:
    """Read and check all settings. Raises BadSettings with one line per fault."""
    try:
        settings = Settings()
    except ValidationError as error:
        lines = [f"{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        raise BadSettings("\n".join(lines)) from None
    if not settings.sqlite and not settings.database.startswith("postgresql+asyncpg://"):
        raise BadSettings("DATABASE_URL: use sqlite+aiosqlite:///path or postgresql+asyncpg://user@host/database")
    if settings.staff_chat:
        channel, _, ident = settings.staff_chat.partition(":")
        if channel not in ("telegram", "vk") or not ident.lstrip("-").isdigit():
            raise BadSettings("STAFF_CHAT: use telegram:-1001234567890 or vk:2000000001")
    if settings.updates == "webhook" and settings.vk_token and not (settings.vk_secret and settings.vk_confirmation):
        raise BadSettings(
            "VK_SECRET, VK_CONFIRMATION: needed for VK when UPDATES=webhook (community settings, Callback API)"
        )
    return settings


def secret_key(settings: Settings) -> bytes:
    """The installation's key. On one machine it is made once in DATA_DIR; processes that share a PostgreSQL
    database, or answer webhooks, must be given the same SECRET_KEY. Raises BadSettings."""
    if settings.secret_key:
        if len(settings.secret_key) < 32:
            raise BadSettings("SECRET_KEY: at least 32 characters; make one with: openssl rand -hex 32")
        return settings.secret_key.encode()
    if not settings.sqlite or settings.updates == "webhook":
        raise BadSettings(
            "SECRET_KEY: must be set with PostgreSQL or UPDATES=webhook, the same for every process; "
            "make one with: openssl rand -hex 32"
        )
    path = settings.data_dir / "secret_key"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # O_EXCL: two first runs at once must not end with two different keys.
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                pass
            else:
                with os.fdopen(handle, "w") as file:
                    file.write(secrets.token_hex(32))
                    file.flush()
                    os.fsync(file.fileno())
        return path.read_text().strip().encode()
    except OSError as error:
        raise BadSettings(f"DATA_DIR: cannot be used ({error.strerror}): {settings.data_dir}") from None

"""Keyed hashes and ciphertexts of addresses: what the tables hold instead of names of chats.

One SECRET_KEY gives four independent keys (HKDF). A hash finds a row again; a ciphertext can be sent to. The tie of
a finished response needs, beside the key, the secret of the day, which is destroyed when the office's day ends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def _short(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:18]).decode()


class Keys:
    """The installation's keys; lives in memory only."""

    def __init__(self, secret: bytes) -> None:
        def derive(purpose: bytes) -> bytes:
            return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"otklik/" + purpose).derive(secret)

        self._hash = derive(b"address")
        self._cipher = AESGCM(derive(b"seal"))
        self._files = AESGCM(derive(b"files"))
        self.cookies = derive(b"cookies").hex()

    def hash(self, text: str) -> str:
        """The key of an address (or of a one-time code) in tables; 24 characters."""
        return _short(hmac.digest(self._hash, text.encode(), hashlib.sha256))

    def tie(self, day_secret: bytes, text: str) -> str:
        """Ties a finished response to its author for the rest of the office's day."""
        return _short(hmac.digest(day_secret, hmac.digest(self._hash, text.encode(), hashlib.sha256), hashlib.sha256))

    def new_secret(self) -> str:
        """The unguessable part of a personal link: 128 bits."""
        return secrets.token_urlsafe(16)

    def seal(self, text: str) -> str:
        """Encrypt an address for later sending (AES-256-GCM, random nonce)."""
        nonce = os.urandom(12)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """Decrypt. Raises ValueError when the key is another one or the data were changed."""
        raw = base64.urlsafe_b64decode(sealed.encode())
        try:
            return self._cipher.decrypt(raw[:12], raw[12:], None).decode()
        except InvalidTag:
            raise ValueError("sealed with another SECRET_KEY") from None

    def seal_bytes(self, content: bytes, name: str) -> bytes:
        """Encrypt the content of a file. It opens under this name only: files cannot stand in for one another."""
        nonce = os.urandom(12)
        return nonce + self._files.encrypt(nonce, content, name.encode())

    def open_bytes(self, sealed: bytes, name: str) -> bytes:
        """Decrypt. Raises ValueError when the key or the name is another one, or the content was changed."""
        try:
            return self._files.decrypt(sealed[:12], sealed[12:], name.encode())
        except (InvalidTag, ValueError):
            raise ValueError("sealed with another SECRET_KEY, or not this file") from None

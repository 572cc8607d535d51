"""The short address that stands on paper: how it is spelled, and how it is recognised when it comes back.

Paper outlives messengers, so it carries only ``PUBLIC_URL/q/TOKEN``. The spellings differ by reader: links
(`address`), codes (`printed`), people (`words`) and messengers' start parameters (`payload`).
"""

import ipaddress
import re
import unicodedata
from typing import NamedTuple
from urllib.parse import urlsplit

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits of a token: without 0 O, 1 I L and U, which people confuse when they copy from paper."""

LENGTHS = range(6, 13)

_PAYLOAD = rf"(?P<token>[{ALPHABET}]{{{LENGTHS[0]},{LENGTHS[-1]}}})(?:-(?P<language>[A-Z]{{2,3}}))?"
# ASCII: with Unicode case folding «K» would also match the Kelvin sign.
_BARE = re.compile(_PAYLOAD, re.IGNORECASE | re.ASCII)
_PASTED = re.compile(
    rf"(?:https?://)?(?P<host>[^\s/?#@]+)(?P<prefix>(?:/[^\s/?#]+)*?)/Q/{_PAYLOAD}/?(?:[?#]\S*)?",
    re.IGNORECASE,
)
# What mail programs, messengers and habits put around an address.
_AROUND = " \t\r\n\"'`<>()«»“”„‘’‹›.,;:!…"
_LONGEST = 500

# Names that only a local network knows (RFC 6762, 6761, 8375 and common routers). `.example` is left out on
# purpose: the demonstration prints it.
_LOCAL_ENDINGS = (
    "local",
    "localhost",
    "localdomain",
    "lan",
    "home",
    "internal",
    "intranet",
    "test",
    "invalid",
)
_PORTS = {"https": 443, "http": 80}


class _Place(NamedTuple):
    """Where the office answers: the parts of PUBLIC_URL; `host` in ASCII, IPv6 without brackets."""

    scheme: str
    host: str
    port: int | None
    prefix: str

    def netloc(self, host: str | None = None) -> str:
        name = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return name if self.port is None else f"{name}:{self.port}"


def _place(public_url: str) -> _Place:
    try:
        parts = urlsplit(public_url.strip())
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError as fault:  # a bad port, an unclosed bracket, a host that DNS cannot carry
        raise ValueError(f"PUBLIC_URL is not an address: {public_url!r}") from fault
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"PUBLIC_URL must look like https://host, not {public_url!r}")
    return _Place(scheme, host, None if port == _PORTS[scheme] else port, parts.path.rstrip("/"))


def _checked(token: str) -> str:
    token = token.upper()
    if len(token) not in LENGTHS or not set(token) <= set(ALPHABET):
        raise ValueError(f"not a token: {token!r}")
    return token


def payload(token: str, language: str | None = None) -> str:
    """What travels in a messenger's start parameter: ``6XC3M8DH``, with a chosen language ``6XC3M8DH-en``.

    Raises `ValueError` when `token` or `language` could not be recognised again.
    """
    text = _checked(token) if language is None else f"{_checked(token)}-{language.lower()}"
    if _BARE.fullmatch(text) is None:
        raise ValueError(f"not a language code: {language!r}")
    return text


def address(public_url: str, token: str, language: str | None = None) -> str:
    """The link to a point, for screens. Give `language` only when somebody chose it: the choice then
    overrides the reader's own language, also when it is the office's main one.

    Raises `ValueError` for a malformed `public_url`, `token` or `language`.
    """
    place = _place(public_url)
    return f"{place.scheme}://{place.netloc()}{place.prefix}/q/{payload(token, language)}"


def printed(public_url: str, token: str) -> str:
    """The same link in capitals, for the printed code: its alphanumeric mode (ISO/IEC 18004, 7.3.4) has no
    small letters and takes 5.5 bits a character instead of 8, so the modules are larger and are read from
    farther away.

    Scheme and host are case-insensitive, and our landing page accepts ``/Q/``. A path prefix belongs to
    somebody else's proxy, where case may matter, so it is kept as written; the code is right, only denser.
    """
    place = _place(public_url)
    return f"{place.scheme.upper()}://{place.netloc().upper()}{place.prefix}/Q/{payload(token)}"


def words(public_url: str, token: str) -> str:
    """The link as a person reads it from paper and types it: no scheme, a Cyrillic host in Cyrillic."""
    place = _place(public_url)
    host = place.host
    if "xn--" in host:
        try:
            host = host.encode("ascii").decode("idna")
        except UnicodeError:
            host = place.host
    shown = place.netloc() if host == place.host else place.netloc(host)
    return f"{shown}{place.prefix}/q/{payload(token)}"


def recognise(text: str, public_url: str | None = None) -> tuple[str, str | None] | None:
    """A token (capitals) and a language code (small letters) out of what a person typed, pasted or opened.

    Understands a bare token, ``TOKEN-en`` and the address with or without a scheme, in any letter case, with
    the quotes, brackets, dots and invisible characters that come along. With `public_url` an address of
    another host is not ours; without it any will do. The whole text must be the token: a sentence never is.

    The result is a *candidate*: «PERFECT» or «2345678» are spelled like tokens. Look it up; when no point has
    it, the text is ordinary words.
    """
    if len(text) > _LONGEST:
        return None
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf").strip().strip(_AROUND)
    found = _BARE.fullmatch(text)
    if found is None:
        found = _PASTED.fullmatch(text)
        if found is None or not _ours(found["host"], found["prefix"], public_url):
            return None
    token, language = found["token"].upper(), found["language"]
    if not token.isascii() or (language is not None and not language.isascii()):
        return None
    return token, language.lower() if language else None


def _ours(host: str, prefix: str, public_url: str | None) -> bool:
    if not public_url:
        return True
    place = _place(public_url)
    try:
        said = _place(f"{place.scheme}://{host}")
        # http:// pasted for https://, or a default port spelled out, is still ours; any other port is not.
        same_port = said.port in (place.port, *_PORTS.values()) if place.port is None else said.port == place.port
    except ValueError:
        return False
    return said.host == place.host and same_port and prefix.casefold() == place.prefix.casefold()


def reachable(public_url: str) -> str | None:
    """Why a visitor's phone could not open this address, in Russian and English; None when it could.

    Judges by spelling alone (no network): this computer, private networks (RFC 1918 and others that are not
    global), names without a domain or with an ending that only a local network knows.
    """
    if not public_url.strip():
        return "PUBLIC_URL не задан / PUBLIC_URL is not set"
    try:
        host = _place(public_url).host.lower()
    except ValueError:
        return f"«{public_url}» – не адрес вида https://имя.рф / not an address like https://host.org"
    if host == "localhost" or host.endswith(".localhost"):
        return f"{host} – это сам компьютер, телефон его не увидит / {host} is this computer only"
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        if len(labels) == 1 or labels[-1] in _LOCAL_ENDINGS or labels[-1].isdigit() or host.endswith(".home.arpa"):
            return f"имя {host} известно только в местной сети / {host} is a name of a local network"
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_loopback or ip.is_unspecified:
        return f"{host} – это сам компьютер, телефон его не увидит / {host} is this computer only"
    if not ip.is_global or ip.is_multicast:
        return f"{host} – адрес местной сети, из интернета он не виден / {host} is not a public address"
    return None

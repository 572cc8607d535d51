import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qr import address
from qr.address import ALPHABET, LENGTHS, payload, printed, reachable, recognise, words

OFFICE = "https://otzyv.asr-svet.example"
tokens = st.text(alphabet=ALPHABET, min_size=LENGTHS[0], max_size=LENGTHS[-1])
languages = st.none() | st.from_regex(r"[a-z]{2,3}", fullmatch=True)
offices = st.sampled_from(
    [
        OFFICE,
        OFFICE + "/",
        "http://127.0.0.1:8080",
        "https://host.org:8443/Feedback/v2",
        "https://отзыв.рф",
        "http://[::1]:80",
    ]
)


@given(offices, tokens, languages, st.sampled_from([str.upper, str.lower, str.swapcase, str]))
def test_every_spelling_of_an_address_is_recognised(office, token, language, spelled):
    link = spelled(address.address(office, token, language))
    assert recognise(link, office) == recognise(link) == (token, language)
    assert recognise(spelled(payload(token, language))) == (token, language)
    assert recognise(spelled(words(office, token)), office) == (token, None)
    assert recognise(printed(office, token), office) == (token, None)


@given(st.text(max_size=600), st.none() | offices)
def test_any_text_is_a_token_or_none(text, office):
    found = recognise(text, office)
    if found is not None:
        token, language = found
        assert payload(token, language).split("-")[0] == token
        assert language is None or language == language.lower()


@pytest.mark.parametrize(
    "text",
    [
        "6XC3M8DH",
        "  6xc3m8dh. ",
        "«6XC3M8DH»",
        "<https://otzyv.asr-svet.example/q/6xc3m8dh>",
        "\u200b6XC3\u200dM8DH\ufeff",
        "HTTPS://OTZYV.ASR-SVET.EXAMPLE/Q/6XC3M8DH",
        "otzyv.asr-svet.example/q/6XC3M8DH/",
        "http://otzyv.asr-svet.example/q/6XC3M8DH?utm=1#top",
        "https://otzyv.asr-svet.example:443/q/6XC3M8DH,",
    ],
)
def test_what_people_paste(text):
    assert recognise(text, OFFICE) == ("6XC3M8DH", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Долго ждал в очереди",
        "6XC3M8DH спасибо",
        "Отлично",
        "6XC3M8D0",
        "6XC3M",
        "6XC3M8DH6XC3M",
        "6XC3M8DH-",
        "6XC3M8DH-engl",
        "https://otzyv.asr-svet.example/q/6XC3M8D\u212a",
        "6XC3M8D\u212a",  # the Kelvin sign, which casefolds to k
        "https://evil.example/q/6XC3M8DH",
        "https://otzyv.asr-svet.example.evil.example/q/6XC3M8DH",
        "https://otzyv.asr-svet.example@evil.example/q/6XC3M8DH",
        "https://otzyv.asr-svet.example:8080/q/6XC3M8DH",
        "https://otzyv.asr-svet.example/x/q/6XC3M8DH",
        "https://otzyv.asr-svet.example/q/6XC3M8DH/answers",
        "https://[/q/6XC3M8DH",
        "А-2026-0147",
        "+7 (000) 000-12-12",
        "6XC3M8DH" + " " * 600,
    ],
)
def test_what_is_not_ours(text):
    assert recognise(text, OFFICE) is None


def test_a_word_of_token_letters_is_a_candidate():
    assert recognise("perfect") == ("PERFECT", None)


def test_spellings():
    assert address.address(OFFICE + "/", "6xc3m8dh", "EN") == OFFICE + "/q/6XC3M8DH-en"
    assert address.address(OFFICE, "6XC3M8DH", "ru") == OFFICE + "/q/6XC3M8DH-ru"
    assert printed("https://host.org:8443", "6XC3M8DH") == "HTTPS://HOST.ORG:8443/Q/6XC3M8DH"
    assert printed("https://host.org/Sub", "6XC3M8DH") == "HTTPS://HOST.ORG/Sub/Q/6XC3M8DH"
    assert words(OFFICE, "6XC3M8DH") == "otzyv.asr-svet.example/q/6XC3M8DH"
    assert words("https://отзыв.рф:8443", "6XC3M8DH") == "отзыв.рф:8443/q/6XC3M8DH"
    assert printed("https://отзыв.рф", "6XC3M8DH").isascii()


@pytest.mark.parametrize("token", ["", "6XC3M", "6XC3M8D0", "ПРИВЕТ", "6XC3M8DH/..", "6XC3M8DH6XC3M"])
def test_a_wrong_token_is_refused(token):
    with pytest.raises(ValueError, match="token"):
        address.address(OFFICE, token)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "otzyv.example",
        "ftp://host.org",
        "https://",
        "https://host:port",
        "https://[",
        "https://h.org/?a=1",
    ],
)
def test_a_wrong_office_address_is_refused(url):
    with pytest.raises(ValueError, match="PUBLIC_URL"):
        printed(url, "6XC3M8DH")
    assert reachable(url)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost.", "a.localhost", "127.0.0.1:8080", "127.9.9.9", "10.1.2.3", "172.16.0.1",
        "172.31.255.1", "192.168.0.7:80", "169.254.1.1", "100.64.0.1", "[::1]:8080", "[fe80::1]", "[fd00::1]",
        "[::ffff:192.168.0.1]", "server", "office.local", "office.lan", "2130706433", "127.1", "224.0.0.1",
    ],
)  # fmt: skip
def test_phones_cannot_reach(host):
    assert reachable(f"http://{host}")


@pytest.mark.parametrize(
    "host", ["otzyv.asr-svet.example", "отзыв.рф", "8.8.8.8", "172.32.0.1", "host.org:8443", "[2a00:1450::1]"]
)
def test_phones_can_reach(host):
    assert reachable(f"https://{host}") is None


def test_the_address_needs_no_library():
    loaded = "import sys, qr.address, qr.code, qr.sheet; print({'typst', 'qrcode', 'PIL'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

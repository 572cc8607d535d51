"""What Telegram does with a text and with buttons before it accepts them. Error texts: tdlib/td."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import urlsplit

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "a": "text_link", "code": "code",
    "pre": "pre", "span": "spoiler", "tg-spoiler": "spoiler", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
NAMES = {
    "_": "Italic", "__": "Underline", "*": "Bold", "~": "Strikethrough", "||": "Spoiler", "`": "Code",
    "```": "Pre", "[": "TextUrl",
}  # fmt: skip
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)\s*>")
NAMED = re.compile(r"&(lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);")
COMMAND = re.compile(r"^/[A-Za-z0-9_]{1,64}(?:@\w+)?")

Entity = dict[str, Any]


class Refused(Exception):
    """An answer ``ok: false``: ``code``, the full ``description`` and the optional ``parameters``."""

    def __init__(self, code: int, description: str, parameters: dict[str, int] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(text: str) -> Refused:
    return Refused(400, f"Bad Request: {text}")


def unparsed(text: str) -> Refused:
    return bad(f"can't parse entities: {text}")


def utf16(text: str) -> int:
    """Length as entities count it."""
    return len(text.encode("utf-16-le")) // 2


def parse(text: str, mode: str) -> tuple[str, list[Entity]]:
    """Visible text and entities, or ``Refused``: a single broken tag refuses the message."""
    match mode.lower():
        case "":
            return text, []
        case "html":
            return parse_html(text)
        case "markdownv2":
            return parse_markdown(text)
        case "markdown":
            return parse_legacy(text)
    raise bad("unsupported parse_mode")


def parse_html(text: str) -> tuple[str, list[Entity]]:
    out: list[str] = []
    entities: list[Entity] = []
    nested: list[tuple[str, int, str, int]] = []  # tag, offset in the result, attributes, byte offset
    length = at = 0
    while at < len(text):
        char = text[at]
        if char == "<":
            where = len(text[:at].encode())
            found = TAG.match(text, at)
            if found is None:
                if at + 1 < len(text) and not text[at + 1].isalpha() and text[at + 1] != "/":
                    raise unparsed(f'Unsupported start tag "" at byte offset {where}')
                raise unparsed(f"Unclosed start tag at byte offset {where}")
            closing, tag, attributes = found[1], found[2].lower(), found[3]
            if closing:
                if not nested:
                    raise unparsed(f"Unexpected end tag at byte offset {where}")
                opened, offset, extra, _ = nested.pop()
                if opened != tag:
                    raise unparsed(
                        f'Unmatched end tag at byte offset {where}, expected "</{opened}>", found "</{tag}>"'
                    )
                if length > offset:
                    entity: Entity = {"type": TAGS[tag], "offset": offset, "length": length - offset}
                    if tag == "a":
                        entity["url"] = html.unescape(_attribute(extra, "href"))
                    entities.append(entity)
            else:
                if tag not in TAGS or (tag == "span" and _attribute(attributes, "class") != "tg-spoiler"):
                    raise unparsed(f'Unsupported start tag "{tag}" at byte offset {where}')
                nested.append((tag, length, attributes, where))
            at = found.end()
            continue
        piece = char
        if char == "&" and (named := NAMED.match(text, at)) is not None:
            piece = html.unescape(named[0])
            at = named.end()
        else:
            at += 1
        out.append(piece)
        length += 1 if ord(piece[0]) < 0x10000 else 2
    if nested:
        tag, _, _, where = nested[-1]
        raise unparsed(f'Can\'t find end tag corresponding to start tag "{tag}"')
    return "".join(out), sorted(entities, key=lambda e: (e["offset"], -e["length"]))


def _attribute(attributes: str, name: str) -> str:
    found = re.search(name + r"\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", attributes, re.IGNORECASE)
    return next((group for group in found.groups() if group is not None), "") if found else ""


def parse_markdown(text: str) -> tuple[str, list[Entity]]:
    """MarkdownV2: every reserved character outside an entity must be escaped, every entity closed."""
    kinds = {"_": "italic", "__": "underline", "*": "bold", "~": "strikethrough", "||": "spoiler"}
    out: list[str] = []
    entities: list[Entity] = []
    nested: list[tuple[str, int, int]] = []  # mark, offset in the result, byte offset
    length = at = 0
    while at < len(text):
        char = text[at]
        where = len(text[:at].encode())
        if char == "\\" and at + 1 < len(text) and 0 < ord(text[at + 1]) < 127:
            at += 1
            out.append(text[at])
            length += 1
            at += 1
            continue
        if char == "`":
            mark = "```" if text.startswith("```", at) else "`"
            end = text.find(mark, at + len(mark))
            if end < 0:
                raise unparsed(f"Can't find end of {NAMES[mark]} entity at byte offset {where}")
            inner = re.sub(r"\\([\\`])", r"\1", text[at + len(mark) : end])
            entities.append({"type": "pre" if len(mark) == 3 else "code", "offset": length, "length": utf16(inner)})
            out.append(inner)
            length += utf16(inner)
            at = end + len(mark)
            continue
        mark = next((m for m in ("__", "||", "_", "*", "~") if text.startswith(m, at)), "")
        if char == "[":
            nested.append(("[", length, where))
            at += 1
            continue
        if char == "]" and nested and nested[-1][0] == "[":
            _, offset, _ = nested.pop()
            link = re.compile(r"\]\(((?:\\.|[^\\)])*)\)").match(text, at)
            if link is None:
                if text.startswith("](", at):
                    raise unparsed(f"Can't find end of a URL at byte offset {where}")
                at += 1
                continue
            url = re.sub(r"\\(.)", r"\1", link[1])
            entities.append({"type": "text_link", "offset": offset, "length": length - offset, "url": url})
            at = link.end()
            continue
        if mark:
            if nested and nested[-1][0] == mark:
                _, offset, _ = nested.pop()
                if length > offset:
                    entities.append({"type": kinds[mark], "offset": offset, "length": length - offset})
            else:
                nested.append((mark, length, where))
            at += len(mark)
            continue
        if char in "]()#+-=|{}.!" or (char == ">" and at and text[at - 1] != "\n"):
            raise unparsed(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        if char != ">":
            out.append(char)
            length += 1 if ord(char) < 0x10000 else 2
        at += 1
    if nested:
        mark, _, where = nested[-1]
        raise unparsed(f"Can't find end of {NAMES[mark]} entity at byte offset {where}")
    return "".join(out), sorted(entities, key=lambda e: (e["offset"], -e["length"]))


def parse_legacy(text: str) -> tuple[str, list[Entity]]:
    kinds = {"_": "italic", "*": "bold", "`": "code", "```": "pre", "[": "text_link"}
    out = ""
    entities: list[Entity] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and text[at + 1 : at + 2] in ("_", "*", "`", "["):
            out += text[at + 1]
            at += 2
        elif char in "_*`[":
            mark = "```" if text.startswith("```", at) else char
            end = text.find("]" if char == "[" else mark, at + len(mark))
            if end < 0:
                where = len(text[:at].encode())
                raise unparsed(f"Can't find end of the entity starting at byte offset {where}")
            inner = text[at + len(mark) : end]
            entity: Entity = {"type": kinds[mark], "offset": utf16(out), "length": utf16(inner)}
            at = end + len(mark)
            if char == "[":
                link = re.compile(r"\(([^)]*)\)").match(text, at)
                if link is not None:
                    entity["url"] = link[1]
                    at = link.end()
            out += inner
            if inner and (char != "[" or "url" in entity):
                entities.append(entity)
        else:
            out += char
            at += 1
    return out, entities


def check_url(url: str, what: str) -> None:
    """Telegram wants a dot in the host, which refuses http://localhost."""
    address = url if "://" in url else f"http://{url}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https", "tg", "ton"):
        raise bad(f"{what} URL '{url}' is invalid: Unsupported URL protocol")
    if parts.scheme in ("http", "https") and "." not in (parts.hostname or "") and ":" not in (parts.hostname or ""):
        raise bad(f"{what} URL '{url}' is invalid: Wrong HTTP URL")


def read_markup(value: Any, *, private: bool) -> dict[str, Any] | None:
    """The keyboard as clients will see it: buttons beyond 12 in a row or 300 in all are silently dropped."""
    if value in (None, "", b""):
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad("can't parse reply keyboard markup JSON object") from None
    if not isinstance(value, dict):
        raise bad("object expected as reply markup")
    for field, check in (("inline_keyboard", _inline_button), ("keyboard", _plain_button)):
        if field in value:
            if not isinstance(value[field], list):
                raise bad(f'field "{field}" of the ReplyMarkup must be an Array')
            rows: list[list[dict[str, Any]]] = []
            left = 300
            for row in value[field]:
                if not isinstance(row, list):
                    raise bad(f'field "{field}" must be an Array of Arrays')
                checked = [check(button, private) for button in row][: min(12, left)]
                left -= len(checked)
                if checked:
                    rows.append(checked)
            return {**value, field: rows} if rows or field == "keyboard" else None
    if value.get("remove_keyboard") is True:
        return {"remove_keyboard": True}
    if value.get("force_reply") is True:
        return value
    if not value:
        return None
    raise bad("can't parse reply keyboard markup JSON object")


def _label(button: Any, kind: str) -> str:
    if not isinstance(button, dict):
        raise bad(f"can't parse {kind} button: expected an Object")
    if "text" not in button:
        raise bad(f"can't parse {kind} button: Can't find field \"text\"")
    text = button["text"]
    if not isinstance(text, str):
        raise bad(f'can\'t parse {kind} button: Field "text" must be of type String')
    return text.strip()


def _inline_button(button: dict[str, Any], private: bool) -> dict[str, Any]:
    if not _label(button, "inline keyboard"):
        raise bad("inline keyboard button text must be non-empty")
    if "url" in button:
        check_url(button["url"], "inline keyboard button")
    elif "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
    elif "web_app" in button:
        url = button["web_app"].get("url", "")
        if not url.startswith("https://"):
            raise bad(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    elif not button.keys() & {
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "copy_text",
        "login_url",
    }:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    return button


def _plain_button(button: dict[str, Any] | str, private: bool) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not _label(button, "keyboard"):
        raise bad("keyboard button text must be non-empty")
    if button.get("request_contact") and not private:
        raise bad("phone number can be requested in private chats only")
    if button.get("request_location") and not private:
        raise bad("location can be requested in private chats only")
    return button

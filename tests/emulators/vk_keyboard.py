"""The rules of VK for keyboards (error 911). Limits: dev.vk.com; texts as seen in practice."""

from __future__ import annotations

import json
from typing import Any

COLOURS = {"primary", "secondary", "positive", "negative"}
FIELDS = {
    "text": {"label"},
    "callback": {"label"},
    "open_link": {"link", "label"},
    "location": set(),
    "vkpay": {"hash"},
    "open_app": {"app_id", "label"},
}
OPTIONAL = {"type", "payload", "owner_id", "hash"}
WHOLE_ROW = {"location", "vkpay", "open_app"}


class Refused(Exception):
    """``{"error": {"error_code": code, "error_msg": text}}`` with HTTP 200."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def wrong(text: str) -> Refused:
    return Refused(911, f"Keyboard format is invalid: {text}")


def read_keyboard(text: str) -> dict[str, Any] | None:
    """The keyboard as it will be shown, or ``Refused`` with code 911."""
    if not text:
        return None
    try:
        keyboard = json.loads(text)
    except ValueError:
        raise wrong("keyboard is not valid json") from None
    if not isinstance(keyboard, dict) or not isinstance(keyboard.get("buttons"), list):
        raise wrong("buttons should be array")
    for name in ("inline", "one_time"):
        if not isinstance(keyboard.get(name, False), bool):
            raise wrong(f"{name} property should be boolean")
    if extra := keyboard.keys() - {"inline", "one_time", "buttons", "author_id"}:
        raise wrong(f"unknown property {sorted(extra)[0]}")
    inline = keyboard.get("inline", False)
    if inline and keyboard.get("one_time"):
        raise wrong("inline keyboard can't be one_time")
    rows = keyboard["buttons"]
    if len(rows) > (6 if inline else 10):
        raise wrong("buttons contain too much rows")
    if not all(isinstance(row, list) and row for row in rows):
        raise wrong("row should be a non-empty array")
    if any(len(row) > 5 for row in rows):
        raise wrong("row contains too much columns")
    if sum(map(len, rows)) > (10 if inline else 40):
        raise wrong("keyboard contains too much buttons")
    for y, row in enumerate(rows):
        for x, button in enumerate(row):
            _check_button(button, f"button [{y}][{x}]", alone=len(row) == 1)
    return keyboard


def _check_button(button: Any, where: str, *, alone: bool) -> None:
    action = button.get("action") if isinstance(button, dict) else None
    if not isinstance(action, dict):
        raise wrong(f"{where} has no action")
    kind = action.get("type")
    if kind not in FIELDS:
        raise wrong(f"{where} has invalid type")
    needed = FIELDS[kind]
    for name in needed:
        if not action.get(name):
            raise wrong(f"{where} has no {name}")
    if extra := action.keys() - needed - OPTIONAL:
        raise wrong(f"{where} has unknown property {sorted(extra)[0]}")
    if len(action.get("label", "")) > 40:
        raise wrong(f"{where} has too long label")
    if kind == "open_link" and not action["link"].startswith(("http://", "https://")):
        raise wrong(f"{where} has invalid link")
    if kind in WHOLE_ROW and not alone:
        raise wrong(f"{where} of type {kind} should be alone in its row")
    colour = button.get("color")
    if colour is not None and (colour not in COLOURS or kind not in ("text", "callback")):
        raise wrong(f"{where} has invalid color")
    payload = action.get("payload")
    if payload is not None:
        # The schema wants a string of JSON; libraries send objects too and VK takes them.
        encoded = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        try:
            json.loads(encoded)
        except ValueError:
            raise wrong(f"{where} has invalid payload") from None
        if len(encoded) > 255:
            raise wrong(f"{where} has too long payload")

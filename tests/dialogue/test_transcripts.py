"""Survey A as it looks in each channel and language, kept as text beside this file.

`pytest tests/dialogue/test_transcripts.py --update-transcripts` writes them anew; read the difference then.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import assert_never

import pytest

from bot.channels import console, telegram, vk
from bot.messages import Choose, Keep, Rate, Reply, Say, Write, buttons_of, words_of
from tests.base.databases import SQLiteTemplate
from tests.base.talk import URL, open_talk
from tests.dialogue.visits import WINDOW

FOLDER = Path(__file__).parent / "transcripts"
PATHS = {
    "high": ["5", "polite", "skip"],
    "low": ["2", "queue", "rude", "done", "back", "done", "=", "yes"],
}
COMMENT = {"ru": "Ждал 50 минут", "en": "Waited for 50 minutes"}


def in_telegram(reply: Reply) -> list[str]:
    lines: list[str] = []
    for part in telegram.render(reply):
        lines += part.text.splitlines()
        if part.markup is not None:
            keyboard = getattr(part.markup, "inline_keyboard", [])
            lines += ["  " + " ".join(f"[{button.text}]" for button in row) for row in keyboard]
    return lines


def in_vk(reply: Reply) -> list[str]:
    message = vk.render(reply)
    lines = [line for part in message.parts for line in part.splitlines()]
    if message.keyboard is not None:
        if not message.inline:
            lines.append("  (keyboard under the field)")
        for row in message.keyboard["buttons"]:
            lines.append("  " + " ".join(f"[{button['action'].get('label', '')}]" for button in row))
    return lines


def in_browser(reply: Reply) -> list[str]:
    lines = words_of(reply).splitlines()
    match reply:
        case Rate():
            lines += [f"  ( ) {b.label}" for b in reply.options]
        case Choose():
            lines += [f"  {('[x]' if b.chosen else '[ ]') if reply.many else '( )'} {b.label}" for b in reply.options]
        case Write():
            lines += ["  [________]"]
        case Keep():
            lines += ["  (a code to scan and the address)"]
        case Say():
            pass
        case _:
            assert_never(reply)
    controls = buttons_of(reply) if isinstance(reply, Say | Keep) else reply.controls
    return [*lines, *(["  " + " ".join(f"<{b.label}>" for b in controls)] if controls else [])]


SHOWN = {
    "telegram": in_telegram,
    "vk": in_vk,
    "console": lambda reply: console.render(reply).splitlines(),
    "web": in_browser,
}


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("channel", list(SHOWN))
@pytest.mark.parametrize("path", list(PATHS))
async def test_the_talk_looks_as_it_did(
    sqlite_template: SQLiteTemplate,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    path: str,
    channel: str,
    language: str,
) -> None:
    lines = [f"# survey A, {path} mark, {channel}, {language}", ""]
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path) as talk:
        client = talk.client(channel, 7, language=language)

        def tell(said: str) -> None:
            lines.append(f"> {said}")
            for reply in client.replies:
                lines.extend(f"< {line}".rstrip() for line in SHOWN[channel](reply))
            lines.append("")

        await client.starts(WINDOW)
        tell(WINDOW)
        for press in PATHS[path]:
            if press == "=":
                await client.types(COMMENT[language])
                tell(COMMENT[language])
                continue
            label = client.button(press)[1].label
            await client.presses(press)
            if client.ticks is None:
                tell(f"[{label}]")
            else:
                lines.append(f"> ({label})")
    text = "\n".join(lines)
    if channel == "web":
        text = "\n".join(line.partition(f"{URL}/a/")[0] for line in text.splitlines()) + "\n"
    file = FOLDER / f"{channel}-{language}-{path}.txt"
    if request.config.getoption("--update-transcripts"):
        file.write_text(text, encoding="utf-8")
    assert file.exists(), "run once with --update-transcripts"
    assert text == file.read_text(encoding="utf-8"), json.dumps(str(file.name))

"""A file that comes with a message: what is said of it where no dialogue takes it, and why it was not taken at all."""

from __future__ import annotations

from bot.dialogue.turn import Turn
from bot.messages import File


def refusal(turn: Turn, file: File) -> str:
    """Why this file was not taken, in plain words; "" when it was."""
    if file.refused is None:
        return ""
    if file.refused == "large":
        return turn.words("file-refused-large", megabytes=turn.file_megabytes)
    return turn.words(f"file-refused-{file.refused}")


def turned_away(turn: Turn, file: File) -> str:
    """What is said where nothing takes a file. What was stored of it is deleted after the commit."""
    if file.kept is not None:
        turn.dropped.append(file.kept.stored)
    return refusal(turn, file) or turn.words("file-not-here")

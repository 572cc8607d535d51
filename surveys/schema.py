"""The shape of a survey file as a JSON schema: editors complete and check while one writes.

``python -m surveys.schema`` writes `surveys/schema.json` anew after the definition has changed. A survey file names it
in its first line: ``# yaml-language-server: $schema=../../surveys/schema.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from surveys.definition import Survey

FILE = Path(__file__).with_name("schema.json")


def schema() -> dict[str, Any]:
    """The schema of the present definition."""
    made = Survey.model_json_schema()
    made.pop("title", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Otklik survey", **made}


def text() -> str:
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")

"""The demo office with a survey of the library asked at one of its points or services."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from surveys.load import LIBRARY
from tests.base.talk import OFFICE

INSTRUMENTS = sorted(file.stem for file in LIBRARY.glob("*.yaml"))


def office_with(folder: Path, **surveys: str) -> Path:
    """A copy of the demo office in `folder` where a point or service, by its code, is asked this survey."""
    office = folder / "office"
    shutil.copytree(OFFICE, office)
    for name in set(surveys.values()):
        shutil.copy(LIBRARY / f"{name}.yaml", office / "surveys")
    for file in ("points", "services"):
        path = office / f"{file}.yaml"
        data: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text("utf-8"))
        for item in data[file]:
            if item["code"] in surveys:
                item["survey"] = surveys[item["code"]]
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    return office

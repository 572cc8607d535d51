"""Offices that differ from the demonstration."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

import yaml

from qr.address import ALPHABET
from tests.base.talk import OFFICE


def copy_of_demo(folder: Path, changed: dict[str, dict[str, Any]] | None = None) -> Path:
    """A copy of the demo office in which the points with these tokens differ."""
    target = folder / "office"
    shutil.copytree(OFFICE, target)
    _rewrite(target, lambda points: [point.update((changed or {}).get(point.get("token", ""), {})) for point in points])
    return target


def many_points(folder: Path, count: int) -> Path:
    """The demo office with so many points: its own nine, then rooms in districts, named as real ones are."""
    target = folder / "office"
    shutil.copytree(OFFICE, target)
    tokens = map("".join, itertools.product(ALPHABET, repeat=6))

    def add(points: list[dict[str, Any]]) -> None:
        window = next(point for point in points if point["code"] == "Т5")
        for number in range(1, count - len(points) + 1):
            district, room = divmod(number, 50)
            name = {
                "ru": f"Отделение № {district + 1}, кабинет {100 + room}",
                "en": f"Branch {district + 1}, room {100 + room}",
            }
            here = {"ru": f"Вы в отделении № {district + 1}?", "en": f"Are you at branch {district + 1}?"}
            sheet = {**window["sheet"], "number": f"Л-{number}"}
            points.append(
                {**window, "code": f"П{number}", "token": next(tokens), "name": name, "here": here, "sheet": sheet}
            )

    _rewrite(target, add)
    return target


def _rewrite(office: Path, change: Any) -> None:
    path = office / "points.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content["points"])
    # What points share is written once and referred to, as in the demo.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    path.write_text(yaml.dump(content, Dumper=dumper, allow_unicode=True, sort_keys=False), encoding="utf-8")

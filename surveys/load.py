"""Reading content files: YAML with faults named by path, never a traceback for whoever wrote the file."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from surveys.definition import Survey
from surveys.faults import Remark, examine

try:  # libyaml reads ten times faster; a build without it still works
    from yaml import CSafeLoader as _Parser
except ImportError:  # pragma: no cover
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]  # same interface, another base class

M = TypeVar("M", bound=BaseModel)

LIBRARY = Path(__file__).parent / "library"
"""Ready instruments: copy one into the `surveys` folder of an office to use it."""


class BadSurvey(ValueError):
    """The file cannot be served; `remarks` hold every fault."""

    def __init__(self, file: Path, remarks: list[Remark]) -> None:
        super().__init__("\n".join(f"{file}: {remark}" for remark in remarks))
        self.remarks = remarks


class _Strict(_Parser):
    """A repeated key would silently win over the first one: in a file edited by hand it is a slip."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} is repeated", key.start_mark
                    )
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep=deep)


def read(path: Path, languages: Collection[str] = ("ru", "en")) -> Survey:
    """The survey in a file. Raises BadSurvey with every fault found; warnings are not faults."""
    data, remarks = parse(path)
    if remarks:
        raise BadSurvey(path, remarks)
    survey, remarks = fit(Survey, data)
    if survey is not None:
        remarks = [remark for remark in examine(survey, languages) if remark.level == "fault"]
    if survey is None or remarks:
        raise BadSurvey(path, remarks)
    return survey


def parse(path: Path) -> tuple[Any, list[Remark]]:
    """What a YAML file says, or why it cannot be read."""
    try:
        return parse_text(path.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        return None, [Remark("", "not UTF-8 text")]
    except OSError as error:
        return None, [Remark("", f"cannot be read: {error.strerror}")]


def parse_text(text: str) -> tuple[Any, list[Remark]]:
    """What a YAML text says, or why it cannot be read."""
    try:
        return yaml.load(text, _Strict), []  # noqa: S506 – _Strict is a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        return None, [Remark(where, f"not valid YAML: {error.problem or error.context}")]
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        return None, [Remark("", f"not valid YAML: {' '.join(str(error).split())}")]


def fit(model: type[M], data: Any, path: str = "") -> tuple[M | None, list[Remark]]:
    """The data as a model, or every place where it does not fit, each path below `path`."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        remarks = []
        for item in error.errors(include_url=False, include_context=False):
            at = _path(item["loc"], data, item["type"])
            joined = f"{path}.{at}" if path and at and not at.startswith("[") else path + at
            remarks.append(Remark(joined, _message(item["type"], item["msg"], item["input"])))
        return None, remarks


def _path(loc: tuple[int | str, ...], data: Any, kind: str) -> str:
    """`questions[2].options[0].label.en` – as in the file, without the names the validator adds for
    unions."""
    path = ""
    node = data
    for place, part in enumerate(loc):
        last = place == len(loc) - 1
        if part == "[key]":
            continue
        union = isinstance(node, dict) and part not in node and part == node.get("kind")
        if union and not (last and kind == "missing"):
            continue
        if isinstance(node, list) and isinstance(part, int):
            path += f"[{part}]"
            node = node[part] if part < len(node) else None
        else:
            path += f".{part}" if path else str(part)
            node = node.get(part) if isinstance(node, dict) else None
    return path


def _message(kind: str, message: str, value: Any) -> str:
    if kind == "missing":
        return "missing"
    if kind == "extra_forbidden":
        return "unknown field"
    shown = repr(value) if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"
    return f"{message} (found {shown[:60]})"

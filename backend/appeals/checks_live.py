"""What `appeals.yaml` may no longer take away: stages and kinds in which appeals are.

The file alone cannot know it, so it is asked of the database, by `python -m bot check` and at the start.
"""

from __future__ import annotations

from sqlalchemy import func, select, update

from backend.appeals.checks import FILE
from backend.appeals.model import OPEN
from backend.appeals.rows import appeals
from backend.db import Session
from backend.office.model import Office


async def missing(session: Session, office: Office) -> list[str]:
    """Faults, each with the file and the code: what open appeals need and the office folder no longer has."""
    content = office.appeals
    counted = await session.execute(
        select(appeals.c.stage, appeals.c.kind, func.count())
        .where(appeals.c.open.is_(True))
        .group_by(appeals.c.stage, appeals.c.kind)
    )
    stages: dict[str, int] = {}
    kinds: dict[str, int] = {}
    for stage, kind, n in counted:
        stages[stage] = stages.get(stage, 0) + n
        kinds[kind] = kinds.get(kind, 0) + n
    if content is None:
        total = sum(kinds.values())
        return [f"{FILE}: the file is gone, but {_open(total)}: put it back"] if total else []
    found = []
    for code, n in sorted(stages.items()):
        stage = content.stage(code)
        if stage is None:
            found.append(
                f"{FILE}: stages: {code!r} is gone, but {_open(n)} in it: "
                "put it back, or move them to another stage first"
            )
        elif stage.means not in OPEN:
            found.append(
                f"{FILE}: stages: {code!r} now means {stage.means!r}, but {_open(n)} in it that nobody has answered: "
                "give it back its meaning, or move them to another stage first"
            )
    for code, n in sorted(kinds.items()):
        if content.kind(code) is None:
            found.append(f"{FILE}: kinds: {code!r} is gone, but {_open(n)} of it: put it back until they have ended")
    reopened = [stage.code for stage in content.stages if stage.means in OPEN]
    ended = await session.execute(
        select(appeals.c.stage, func.count())
        .where(appeals.c.stage.in_(reopened), appeals.c.open.is_(False))
        .group_by(appeals.c.stage)
        .order_by(appeals.c.stage)
    )
    found += [
        f"{FILE}: stages: {code!r} now means work, but {n} appeals ended in it: give it back its meaning, or use a new "
        "code for the new stage"
        for code, n in ended
    ]
    return found


def _open(n: int) -> str:
    return f"{n} open appeals are" if n != 1 else "1 open appeal is"


async def renew_meanings(session: Session, office: Office) -> int:
    """Where the office has changed what a stage means (say, from work to suspended), its appeals follow: one statement
    for each such stage. Gives how many followed. Whether an answer is owed never changes by this: see `missing`."""
    if office.appeals is None:
        return 0
    kept = {
        (stage, means): n
        for stage, means, n in await session.execute(
            select(appeals.c.stage, appeals.c.means, func.count()).group_by(appeals.c.stage, appeals.c.means)
        )
    }
    changed = 0
    for stage in office.appeals.stages:
        if any(code == stage.code and means != stage.means for code, means in kept):
            done = await session.execute(
                update(appeals)
                .where(
                    appeals.c.stage == stage.code,
                    appeals.c.means != stage.means,
                    appeals.c.open.is_(stage.means in OPEN),
                )
                .values(means=stage.means)
            )
            changed += done.rowcount
    return changed

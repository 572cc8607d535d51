"""The composition root's parts: built once and handed over as arguments."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from backend import consents, feedback, jobs, shared_state
from backend.appeals import checks_live
from backend.appeals import files as appeal_files
from backend.calendar import LiveCalendar
from backend.clock import Clock, clock_from, office_day
from backend.codes import LiveCodes, Scans
from backend.db import Database, DatabaseAway
from backend.files import FileStore
from backend.identity import Keys
from backend.knowledge import imports
from backend.knowledge.asked import Tally
from backend.knowledge.live import LiveKnowledge
from backend.office import Fault, Office
from backend.settings import BadSettings, Mode, Settings, secret_key
from bot.channels import Channel, Hear, Rejected, TryLater, Uploads
from bot.delivery import Delivery
from bot.dialogue.turn import Door
from bot.faults import place_of
from bot.hearing import Hearing
from bot.opening import ACTIONS, FATAL_FAULTS, CannotStart, open_database, read_office
from bot.words import Words, load_words
from surveys.definition import Survey

log = logging.getLogger(__name__)


def mode_of(settings: Settings, office: Office, channel: str) -> Mode:
    """The setting, else what the office folder decided, else the default of domain.md, section 11."""
    chosen: Mode | None = settings.telegram_mode if channel == "telegram" else settings.vk_mode
    if chosen is not None:
        return chosen
    decided = office.modes.get("telegram" if channel == "telegram" else "vk")
    if decided is not None:
        return decided.mode
    if channel == "telegram":
        return "off" if office.owner_kind != "other" else "anonymous"
    return "track"


@dataclass(frozen=True, slots=True)
class LandingDoor:
    """A channel as the landing page offers it."""

    name: str
    title: str
    link: str

    def url(self, payload: str) -> str:
        return self.link.replace("{payload}", payload)


@dataclass(slots=True)
class App:
    """Everything of one process."""

    settings: Settings
    db: Database
    office: Office
    warnings: list[Fault]
    words: dict[str, Words]
    keys: Keys
    clock: Clock
    channels: dict[str, Channel]
    hearing: Hearing
    delivery: Delivery
    calendar: LiveCalendar
    codes: LiveCodes
    scans: Scans = field(kw_only=True)
    knowledge: LiveKnowledge = field(kw_only=True)
    tally: Tally = field(kw_only=True)
    files: FileStore = field(kw_only=True)
    troubles: dict[str, str] = field(default_factory=dict)  # channel → why it is not on
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    scheduler: AsyncIOScheduler | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.office.timezone)

    @property
    def regular(self) -> jobs.Regular:
        return jobs.Regular(
            self.db,
            self.clock,
            self.office,
            self.calendar,
            self.codes,
            self.keys,
            scans=self.scans,
            knowledge=self.knowledge,
            tally=self.tally,
            files=self.files,
            known_files=appeal_files.known,
        )

    @property
    def uploads(self) -> Uploads:
        return Uploads(self.files.incoming, self.files.most_bytes)

    def hear(self, channel: Channel) -> Hear:
        return partial(self.hearing.hear, traits=channel.traits)

    def landing_doors(self) -> list[LandingDoor]:
        """Messengers that are on and reachable now."""
        return [
            LandingDoor(name, self.words[self.office.languages[0]](f"channel-{name}"), c.identity.link)
            for name, c in self.channels.items()
            if c.ready and c.identity is not None and not c.traits.pages and c.traits.mode not in ("off", "info")
        ]

    def start(self, name: str, work: object) -> None:
        assert asyncio.iscoroutine(work)
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_tell_of_the_dead)
        self.tasks.append(task)

    async def stop(self) -> None:
        """Stop receiving first, then finish sending, then close."""
        if self.scheduler is not None:
            self.scheduler.shutdown(wait=False)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.delivery.stop()
        for channel in self.channels.values():
            with contextlib.suppress(Exception):
                await channel.close()
        with contextlib.suppress(Exception):
            await jobs.write_scans(self.db, self.scans)
        with contextlib.suppress(Exception):
            await self.tally.write(self.db)
        await self.db.close()


async def build(settings: Settings, channels: dict[str, Channel] | None = None) -> App:
    """Read, check and connect everything that does not need a network. Raises CannotStart."""
    try:
        key = secret_key(settings)
    except BadSettings as error:
        raise CannotStart(str(error)) from None
    office, faults = read_office(settings)
    clock = clock_from(settings.clock)
    db = await open_database(settings, clock)
    try:
        faults += await keep_surveys(db, office)
        await keep_consents(db, office, clock)
        await keep_stages(db, office)
        filed = await imports.at_start(db, office, settings.office_dir, clock(), ACTIONS)
        if any(fault.level == "fault" for fault in filed):
            raise CannotStart("\n".join([FATAL_FAULTS, *(f"  {fault}" for fault in filed)]))
        faults += filed
    except CannotStart:
        await db.close()
        raise
    keys = Keys(key)
    files = FileStore(settings.files, keys, settings.file_bytes, settings.clamav_url)
    try:
        files.prepare()
    except OSError as error:
        await db.close()
        raise CannotStart(f"FILES_DIR: cannot be used ({error.strerror}): {settings.files}") from None
    calendar, codes = LiveCalendar(office.week, ZoneInfo(office.timezone)), LiveCodes(office)
    scans = Scans(ZoneInfo(office.timezone))
    await jobs.refresh(jobs.Regular(db, clock, office, calendar, codes, keys, scans=scans))
    knowledge = LiveKnowledge(
        synonyms={term.word: term.also for term in office.glossary if term.also},
        hide_overdue=office.rules.hide_overdue,
    )
    await knowledge.renew(db, calendar().today(clock()))
    words = load_words(list(office.languages), ZoneInfo(office.timezone))
    if channels is None:
        channels = make_channels(settings, office, Uploads(files.incoming, files.most_bytes))
    found: dict[str, Channel] = channels

    def doors() -> list[Door]:
        return [
            Door(
                name,
                c.traits.mode,
                settings.url + "/"
                if c.traits.pages
                else (c.identity.link.replace("{payload}", "") if c.identity else ""),
            )
            for name, c in found.items()
            if c.ready and name != "console"
        ]

    tally = Tally()
    hearing = Hearing(
        db=db,
        office=office,
        words=words,
        keys=keys,
        clock=clock,
        url=settings.url,
        staff_chat=settings.staff_chat,
        doors=doors,
        calendar=calendar,
        codes=codes,
        knowledge=knowledge,
        tally=tally,
        files=files,
    )
    delivery = Delivery(
        db=db,
        office=office,
        words=words,
        keys=keys,
        clock=clock,
        channels=found,
        staff_chat=settings.staff_chat,
        alert_hours=settings.alert_hours,
        calendar=calendar,
        url=settings.url,
    )
    hearing.speak = delivery.speak
    hearing.after_commit = delivery.woken
    return App(
        settings,
        db,
        office,
        faults,
        words,
        keys,
        clock,
        found,
        hearing,
        delivery,
        calendar,
        codes,
        scans=scans,
        knowledge=knowledge,
        tally=tally,
        files=files,
    )


def _tell_of_the_dead(task: asyncio.Task[None]) -> None:
    """A background task that ends by an error must not do so silently."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("«%s» has stopped: %s", task.get_name(), place_of(error))


async def keep_surveys(db: Database, office: Office) -> list[Fault]:
    """Store this version of each survey. A survey that was answered may not change without a new version number:
    raises CannotStart naming the file."""
    for survey in office.surveys.values():
        definition = survey.model_dump_json()
        async with db.begin() as session:
            before = await feedback.kept_survey(session, survey.id, survey.version)
            if before is None:
                await feedback.keep_survey(session, survey.id, survey.version, definition)
            elif not _same(before, survey):
                if await feedback.was_answered(session, survey.id, survey.version):
                    raise CannotStart(
                        f"surveys/{survey.id}.yaml: version: version {survey.version} was answered already and differs "
                        f"now; give the changed survey version {survey.version + 1}"
                    )
                await feedback.replace_survey(session, survey.id, survey.version, definition)
    return []


async def keep_consents(db: Database, office: Office, clock: Clock) -> None:
    """Store the texts of consents in force. Raises CannotStart for one that was agreed to and then changed without a
    new version: nobody could prove what was agreed to."""
    async with db.begin() as session:
        today = office_day(clock(), ZoneInfo(office.timezone))
        changed = await consents.keep_texts(session, office, today)
    if changed:
        raise CannotStart("\n".join([FATAL_FAULTS, *(f"  {line}" for line in changed)]))


async def keep_stages(db: Database, office: Office) -> None:
    """Appeals follow a changed meaning of their stage. Raises CannotStart where `appeals.yaml` no longer has what
    appeals under way need: their clients would read a stage that nobody can explain."""
    async with db.begin() as session:
        needed = await checks_live.missing(session, office)
        if not needed:
            await checks_live.renew_meanings(session, office)
    if needed:
        raise CannotStart("\n".join([FATAL_FAULTS, *(f"  {line}" for line in needed)]))


def _same(before: str, survey: Survey) -> bool:
    """Whether the stored definition says what the file says; what a newer program has added to the shape, and neither
    of them uses, makes no difference, nor does who of the staff hears of an answer."""
    try:
        stored = Survey.model_validate_json(before)
    except ValueError:
        return False
    return stored.model_dump(exclude=_ROUTING) == survey.model_dump(exclude=_ROUTING)


_ROUTING: Any = {"questions": {"__all__": {"options": {"__all__": {"topic"}}}}}


def make_channels(settings: Settings, office: Office, uploads: Uploads) -> dict[str, Channel]:
    """The channels that the settings switch on. A messenger's library is imported only when it is on."""
    from bot.channels.web import WebChannel

    found: dict[str, Channel] = {"web": WebChannel()}
    if settings.telegram_token:
        from bot.channels.telegram import TelegramChannel

        found["telegram"] = TelegramChannel(
            settings.telegram_token,
            settings.telegram_api_url,
            mode_of(settings, office, "telegram"),
            settings.network_timeout,
        )
    if settings.vk_token:
        from bot.channels.vk import VKChannel

        found["vk"] = VKChannel(
            settings.vk_token,
            settings.vk_api_url,
            mode_of(settings, office, "vk"),
            settings.network_timeout,
            secret=settings.vk_secret,
            confirmation=settings.vk_confirmation,
            uploads=uploads,
        )
    return found


class DatabaseCursor:
    """The place in a channel's stream, in our database."""

    def __init__(self, db: Database, channel: str) -> None:
        self._db = db
        self._channel = channel

    async def get(self) -> str:
        async with self._db.read() as session:
            return await shared_state.get_place(session, self._channel)

    async def put(self, value: str) -> None:
        async with self._db.begin() as session:
            await shared_state.put_place(session, self._channel, value)


async def connect(app: App, channel: Channel) -> bool:
    """One try to learn who we are; the reason of a failure goes into the report."""
    name = channel.traits.name
    try:
        await channel.connect()
    except Rejected as error:
        app.troubles[name] = f"{name.upper()}_TOKEN was refused: {error}"
        return False
    except TryLater as error:
        app.troubles[name] = f"cannot be reached now ({error}); it is tried again"
        return False
    except Exception as error:
        log.exception("connecting %s stumbled", name)
        app.troubles[name] = f"cannot be used ({type(error).__name__}); it is tried again"
        return False
    app.troubles.pop(name, None)
    if channel.identity is not None:
        # For `python -m bot invite`, which runs beside and imports no messenger library.
        with contextlib.suppress(DatabaseAway):
            async with app.db.begin() as session:
                await shared_state.put_place(session, f"link.{name}", channel.identity.link)
                await shared_state.put_place(session, f"link.{name}.group", channel.identity.group_link)
    return True


async def receive_for_ever(app: App, channel: Channel) -> None:
    """Connect and poll; a messenger that is away never takes the rest down."""
    pause = 1.0
    connected = False
    while True:
        with contextlib.suppress(DatabaseAway):
            connected = channel.identity is not None or await connect(app, channel)
        if connected:
            try:
                await channel.receive(app.hear(channel), DatabaseCursor(app.db, channel.traits.name))
            except DatabaseAway:
                pass
            except Exception:
                log.exception("receiving of %s stumbled", channel.traits.name)
        await asyncio.sleep(pause + random.random())  # noqa: S311  jitter, not a secret
        pause = min(pause * 2, 60.0)


async def connect_for_ever(app: App, channel: Channel) -> None:
    """In webhook mode: keep trying until the messenger has told who we are."""
    pause = 1.0
    while channel.identity is None and not await connect(app, channel):
        await asyncio.sleep(pause + random.random())  # noqa: S311  jitter, not a secret
        pause = min(pause * 2, 60.0)


async def hold_polling(app: App) -> None:
    """Polling is for one process. Raises CannotStart when another one polls."""
    async with app.db.begin() as session:
        other = await shared_state.hold(session, "polling", app.delivery.holder, 15)
    if other is not None:
        raise CannotStart(
            f"UPDATES: another process polls already ({other}). Polling is for one process: stop the other one, "
            "or use UPDATES=webhook with PostgreSQL for several."
        )


async def follow_knowledge(app: App) -> None:
    """What another process has published is served here within seconds: one small read each second."""
    while True:
        await asyncio.sleep(1)
        with contextlib.suppress(DatabaseAway):
            await app.knowledge.renew(app.db, app.calendar().today(app.clock()))


async def keep_polling(app: App) -> None:
    while True:
        await asyncio.sleep(5)
        with contextlib.suppress(DatabaseAway):
            async with app.db.begin() as session:
                await shared_state.hold(session, "polling", app.delivery.holder, 15)

"""The talk of a survey: from the first question to thanks, and back to it the same day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from backend import feedback, relays, tasks
from backend.clock import to_the_hour
from backend.danger import find as find_danger
from backend.feedback import Answers, Subject
from backend.masking import mask
from bot import hours, marks
from bot.dialogue import entered, rated, typed
from bot.dialogue.common import danger_words, menu_button, office_phones, open_danger, where_else
from bot.dialogue.state import Again, Answering, AskingReply, Idle
from bot.dialogue.turn import NONCE_BITS, Step, Turn, ending_of, nonce
from bot.messages import Button, Choose, Event, Fill, Keep, Press, Rate, Reply, Say, Text, Write
from surveys import walk
from surveys.definition import Choose as ChooseQuestion
from surveys.definition import Question, Survey
from surveys.definition import Rate as RateQuestion
from surveys.definition import Write as WriteQuestion

ALERT_AFTER = timedelta(seconds=60)


# --- what is shown ----------------------------------------------------------------------------------------


def step_of(survey: str, question: str, response: int) -> str:
    return f"{survey}.{question}~{nonce(response)}"


def show(
    turn: Turn, survey: Survey, question: Question, answers: Answers, response: int, *, first: bool = False
) -> Reply:
    """The question as a reply, with what was chosen before."""
    words = turn.words
    number, total = walk.progress(survey, answers, question.id)
    given = answers.get(question.id)
    chosen = set(given) if isinstance(given, list) else set()
    controls: list[Button] = []
    if isinstance(question, ChooseQuestion) and question.many:
        controls.append(Button(key="done", label=words("button-done"), tone="good"))
    if walk.previous(survey, answers, question.id) is not None:
        controls.append(Button(key="back", label=words("button-back")))
    if question.optional:
        controls.append(Button(key="skip", label=words("button-skip")))
    text = turn.text(question.text)
    if first:
        text = f"{turn.text(survey.intro)}\n\n{text}"
    common: dict[str, Any] = {
        "text": text,
        "step": step_of(survey.id, question.id, response),
        "progress": words("progress", number=number, total=total),
        "note": words("note-optional") if question.optional else words("note-required"),
        "hint": turn.text(question.hint) if question.hint else "",
        "controls": tuple(controls),
    }
    match question:
        case RateQuestion():
            options = [
                Button(
                    key=str(mark),
                    label=f"{mark} {turn.text(question.labels[mark])}" if mark in question.labels else str(mark),
                    chosen=str(mark) in chosen,
                )
                for mark in question.marks
            ]
            if question.unsure:
                options.append(Button(key="unsure", label=turn.text(question.unsure), chosen="unsure" in chosen))
            ends = {name: turn.text(text) for name in ("high", "low") if (text := getattr(question, name))}
            return Rate(asks="rating", options=tuple(options), **ends, **common)
        case ChooseQuestion():
            return Choose(
                asks="rating",
                many=question.many,
                options=tuple(
                    Button(key=o.key, label=turn.text(o.label), chosen=o.key in chosen) for o in question.options
                ),
                **common,
            )
        case WriteQuestion():
            value = given if isinstance(given, str) else ""
            return Write(asks="comment", value=value, limit=question.max_length, **common)


def _at(survey: Survey, ident: str) -> Question:
    """The question of this id; the first one should a state name none of this survey's."""
    return survey.question(ident) or survey.questions[0]


def subject_name(turn: Turn, kind: str, ident: str) -> str:
    """How the rated thing is called in the reader's language."""
    if kind == "point":
        point = turn.office.point_by_code(ident)
        return turn.text(point.name) if point else turn.words("subject-bot")
    if kind == "service":
        service = turn.office.service(ident)
        return turn.text(service.name) if service else ident
    if kind == "appeal":
        return ident
    if kind == "template":
        known = turn.knowledge.listed.get(ident)
        return turn.text(dict(known.title)) if known else turn.words("subject-template", name=ident)
    return turn.words("subject-answer", number=ident)


def _filled(turn: Turn, reply: Reply, row: Any) -> Reply:
    return named(reply, subject_name(turn, row.subject_kind, row.subject))


def named(reply: Reply, name: str) -> Reply:
    """The question with the name of what is rated."""
    text = reply.text.replace("{point}", name).replace("{service}", name).replace("{appeal}", name)
    return reply.model_copy(update={"text": text})


def mark_in_words(turn: Turn, survey: Survey | None, score: int | None) -> str:
    """«4 Хорошо», or «Затрудняюсь ответить» where no number was given."""
    return marks.of_score(turn.words, survey, score)


# --- begin ------------------------------------------------------------------------------------------------


async def begin(turn: Turn, subject: Subject, survey_id: str) -> Step:
    """Start a survey for a subject, unless it is open already or was given today."""
    survey = turn.office.surveys[survey_id]
    if not turn.may("rating"):
        return Step(Idle(), [where_else(turn, "rating")])
    before = await feedback.open_of(turn.session, turn.key) if not turn.fresh else None
    if before is not None:
        if (before.subject_kind, before.subject, before.survey) == (subject.kind, subject.id, survey_id):
            step = await resume(turn, before)
            if step is not None:
                return step
        await feedback.leave(turn.session, before.id, await _tie_of_row(turn, before))
    tie = await turn.tie(subject, survey_id)
    given = await feedback.of_today(turn.session, tie)
    if given is not None:
        return await already(turn, given)
    response = await feedback.open_response(
        turn.session,
        survey=survey.id,
        version=survey.version,
        subject=subject,
        channel=turn.traits.name,
        language=turn.language,
        chat=turn.key,
        hour=to_the_hour(turn.now),
        closes_on=turn.today + timedelta(days=survey.closes_after_days),
    )
    question = walk.first(survey)
    reply = show(turn, survey, question, {}, response, first=True)
    reply = named(reply, subject_name(turn, subject.kind, subject.id))
    state = Answering(response=response, survey=survey.id, version=survey.version, question=question.id)
    return Step(state, [reply])


async def _tie_of_row(turn: Turn, row: Any) -> str:
    return await turn.tie(Subject(row.subject_kind, row.subject, row.service), row.survey)


async def already(turn: Turn, given: Any) -> Step:
    """«Сегодня вы уже ответили: 4» with the way to change it while the office's day lasts."""
    survey = await turn.survey(given.survey, given.version)
    step = f"again~{nonce(given.id)}"
    name = subject_name(turn, given.subject_kind, given.subject)
    say = Say(
        text=turn.words("already-today", name=name, mark=mark_in_words(turn, survey, given.score)),
        step=step,
        buttons=(
            Button(key="change", label=turn.words("button-change")),
            Button(key="keep", label=turn.words("button-keep")),
        ),
    )
    again = Again(survey=given.survey, subject_kind=given.subject_kind, subject=given.subject, service=given.service)
    return Step(again, [say])


async def _given_today(turn: Turn, state: Again) -> Any | None:
    tie = await turn.tie(Subject(state.subject_kind, state.subject, state.service), state.survey)
    return await feedback.of_today(turn.session, tie)


async def resume(turn: Turn, row: Any) -> Step | None:
    """Show the question at which the open response stands; None when its survey is gone."""
    survey = await turn.survey(row.survey, row.version)
    if survey is None:
        return None
    answers = feedback.answers_of(row)
    question = walk.unanswered(survey, answers)
    task = await tasks.of_response(turn.session, row.id)
    if question is None and task is not None and survey.ask_reply and walk.is_low(survey, answers):
        asking = AskingReply(
            response=row.id,
            survey=survey.id,
            version=survey.version,
            task=task.id,
            subject_kind=row.subject_kind,
            subject=row.subject,
            service=row.service,
            score=row.score or 0,
        )
        return Step(asking, [ask_reply(turn, asking)])
    if question is None:
        question = survey.questions[-1]
    state = Answering(
        response=row.id,
        survey=survey.id,
        version=survey.version,
        question=question.id,
        task=task.id if task else None,
    )
    return Step(state, [_filled(turn, show(turn, survey, question, answers, row.id, first=not answers), row)])


# --- go on ------------------------------------------------------------------------------------------------


async def screen(turn: Turn, state: Answering | AskingReply | Again) -> Reply | None:
    """What this place of the talk shows now; None when the response is gone."""
    match state:
        case Answering():
            row = await feedback.load(turn.session, state.response, entered.chat_of(turn, state))
            survey = await _asked(turn, state, row)
            if row is None or survey is None:
                return None
            answers = feedback.answers_of(row)
            question = _at(survey, state.question)
            if state.paused:
                return _ask_to_resume(turn, survey, question, answers, row)
            return _filled(turn, show(turn, survey, question, answers, row.id, first=not answers), row)
        case AskingReply():
            return ask_reply(turn, state)
        case Again():
            row = await _given_today(turn, state)
            return (await already(turn, row)).replies[0] if row is not None else None


async def question_at(turn: Turn, state: Answering | AskingReply, step: str) -> Reply | None:
    """An earlier question of the open response, by its step (the browser's Back)."""
    chat = entered.chat_of(turn, state) if isinstance(state, Answering) else turn.key
    row = await feedback.load(turn.session, state.response, chat)
    survey = await _asked(turn, state, row)
    if row is None or survey is None:
        return None
    answers = feedback.answers_of(row)
    for question in survey.questions:
        if step == step_of(survey.id, question.id, row.id) and walk.applies(survey, question, answers):
            first = question.id == survey.questions[0].id
            return _filled(turn, show(turn, survey, question, answers, row.id, first=first), row)
    return None


async def _asked(turn: Turn, state: Answering | AskingReply, row: Any) -> Survey | None:
    """The survey as this person is asked it."""
    survey = await turn.survey(state.survey, state.version)
    if survey is None or row is None or not isinstance(state, Answering) or not state.entered:
        return survey
    return entered.for_operator(turn, survey, subject_name(turn, row.subject_kind, row.subject), row.channel)


def _ask_to_resume(turn: Turn, survey: Survey, question: Question, answers: Answers, row: Any) -> Say:
    number, _ = walk.progress(survey, answers, question.id)
    return Say(
        text=turn.words("resume", number=number, name=subject_name(turn, row.subject_kind, row.subject)),
        step=f"resume~{nonce(row.id)}",
        asks="nothing",
        buttons=(
            Button(key="continue", label=turn.words("button-continue"), tone="good"),
            menu_button(turn),
        ),
    )


async def answer(turn: Turn, state: Answering, event: Event) -> Step:
    """One event while a survey is open."""
    if state.entered and turn.person is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    row = await feedback.load(turn.session, state.response, entered.chat_of(turn, state))
    survey = await _asked(turn, state, row)
    if state.entered and (row is None or survey is None):
        return Step(Idle(), [Say(text=turn.words("enter-gone"), buttons=(menu_button(turn),))])
    if row is None or survey is None:
        return Step(Idle(), [Say(text=turn.words("survey-closed"), buttons=(menu_button(turn),))])
    answers = feedback.answers_of(row)
    question = _at(survey, state.question)
    here = step_of(survey.id, question.id, row.id)

    def again(*before: Reply) -> Step:
        return Step(state, [*before, _filled(turn, show(turn, survey, question, answers, row.id), row)])

    resumed = isinstance(event, Press) and event.step == f"resume~{nonce(row.id)}" and event.key == "continue"
    if state.paused or resumed:
        go_on = resumed
        if isinstance(event, Text):
            go_on = bool(typed.press(_ask_to_resume(turn, survey, question, answers, row), event.text))
        if go_on:
            step = again()
            step.state = state.model_copy(update={"paused": False, "place": ""})
            return step
        if isinstance(event, Text) and not typed.press(show(turn, survey, question, answers, row.id), event.text):
            # Words under a menu or under «Продолжим?» are no answer to a question that is not on the screen.
            ask = _ask_to_resume(turn, survey, question, answers, row)
            return Step(state.model_copy(update={"place": ""}), [ask])
        state = state.model_copy(update={"paused": False, "place": ""})

    if isinstance(event, Text) and turn.taken.day < turn.today and not state.paused:
        reply = show(turn, survey, question, answers, row.id)
        if not typed.press(reply, event.text):
            # He comes back on another day: his words are no answer yet, so nothing of them is taken for one.
            paused = state.model_copy(update={"paused": True})
            return Step(paused, [_ask_to_resume(turn, survey, question, answers, row)])

    match event:
        case Press(step=at, key=key) if at == here:
            return await _pressed(turn, state, survey, row, answers, question, key)
        case Fill(step=at, keys=keys, text=text) if at == here:
            value: list[str] | str = text if isinstance(question, WriteQuestion) else list(keys)
            return await _given(turn, state, survey, row, answers, question, value)
        case Press(step=at) | Fill(step=at) if _own(at, row.id):
            return await _pressed_before(turn, state, survey, row, answers, at, _key(event), event)
        case Text(text=text):
            presses = typed.press(show(turn, survey, question, answers, row.id), text)
            if presses and presses[0].key in ("back", "skip", "done") and len(presses) == 1:
                return await _pressed(turn, state, survey, row, answers, question, presses[0].key)
            if isinstance(question, WriteQuestion):
                return await _given(turn, state, survey, row, answers, question, text)
            if presses:
                chosen = [p.key for p in presses if p.key != "done"]
                return await _given(turn, state, survey, row, answers, question, chosen)
            if find_danger(text, danger_words(turn)) is not None:
                return again(await open_danger(turn, text))
            return again(Say(text=turn.words("choose-or-type")))
        case _:
            return again(Say(text=turn.words("old-button")))


def _key(event: Press | Fill) -> str:
    return event.key if isinstance(event, Press) else next(iter(event.keys), "")


def _own(step: str, response: int) -> bool:
    return step.endswith(f"~{nonce(response)}")


async def _pressed(
    turn: Turn, state: Answering, survey: Survey, row: Any, answers: Answers, question: Question, key: str
) -> Step:
    if key == "back":
        before = walk.previous(survey, answers, question.id) or question
        moved = state.model_copy(update={"question": before.id})
        first = before.id == survey.questions[0].id
        return Step(moved, [_filled(turn, show(turn, survey, before, answers, row.id, first=first), row)])
    if key == "skip" and question.optional:
        empty: list[str] | str = "" if isinstance(question, WriteQuestion) else []
        return await _given(turn, state, survey, row, answers, question, empty)
    if isinstance(question, ChooseQuestion) and question.many:
        given = answers.get(question.id)
        chosen = list(given) if isinstance(given, list) else []
        if key == "done":
            return await _given(turn, state, survey, row, answers, question, chosen)
        if all(o.key != key for o in question.options):
            return Step(state, [_filled(turn, show(turn, survey, question, answers, row.id), row)])
        chosen = [k for k in chosen if k != key] if key in chosen else [*chosen, key]
        answers = {**answers, question.id: [o.key for o in question.options if o.key in chosen]}
        await feedback.keep_answers(turn.session, row.id, answers, row.score)
        return Step(state, [_filled(turn, show(turn, survey, question, answers, row.id), row)])
    return await _given(turn, state, survey, row, answers, question, [key])


async def _pressed_before(
    turn: Turn,
    state: Answering,
    survey: Survey,
    row: Any,
    answers: Answers,
    step: str,
    key: str,
    event: Event,
) -> Step:
    """A press under an earlier question of the same survey."""
    question = next((q for q in survey.questions if step == step_of(survey.id, q.id, row.id)), None)
    if question is None or not walk.applies(survey, question, answers):
        now = _at(survey, state.question)
        return Step(state, [_filled(turn, show(turn, survey, now, answers, row.id), row)])
    moved = state.model_copy(update={"question": question.id})
    if isinstance(event, Fill):
        # In the browser he went back on purpose: a new choice equals «Назад» and a press.
        value: list[str] | str = event.text if isinstance(question, WriteQuestion) else list(event.keys)
        return await _given(turn, moved, survey, row, answers, question, value)
    if key == "change":
        return Step(moved, [_filled(turn, show(turn, survey, question, answers, row.id), row)])
    if question.id not in answers:
        return Step(moved, [_filled(turn, show(turn, survey, question, answers, row.id), row)])
    return Step(state, [_answered_before(turn, question, answers, step)])


def _answered_before(turn: Turn, question: Question, answers: Answers, step: str) -> Say:
    return Say(
        text=turn.words("already-answered", mark=_in_words(turn, question, answers.get(question.id))),
        step=step,
        buttons=(Button(key="change", label=turn.words("button-change")),),
    )


def _in_words(turn: Turn, question: Question, value: list[str] | str | None) -> str:
    if not value:
        return turn.words("skipped")
    match question:
        case RateQuestion():
            return marks.given(turn.words, question, list(value))
        case ChooseQuestion():
            return marks.given(turn.words, question, list(value))
        case WriteQuestion():
            return turn.words("your-comment")


async def _given(
    turn: Turn,
    state: Answering,
    survey: Survey,
    row: Any,
    answers: Answers,
    question: Question,
    value: list[str] | str,
) -> Step:
    """An answer to the question: checked, masked, stored; then what follows."""
    before: list[Reply] = []
    danger = None
    if isinstance(question, WriteQuestion) and len(value) > 2 * question.max_length:
        value = value[: 2 * question.max_length]  # refused below; a long search in it would help nobody
    elif isinstance(question, WriteQuestion) and isinstance(value, str) and value.strip():
        danger = find_danger(value, danger_words(turn))
        masked = mask(value.strip(), keep=office_phones(turn))
        value = masked.text
        if masked.hidden:
            before.append(Say(text=turn.words("number-hidden")))
    elif isinstance(question, WriteQuestion) and isinstance(value, str):
        value = value.strip()
    try:
        accepted = walk.accept(question, value)
    except walk.Invalid as error:
        key = {"empty": "choose-at-least-one", "too_long": "too-long"}.get(error.reason, "choose-or-type")
        if isinstance(question, WriteQuestion) and error.reason == "empty":
            key = "write-something"
        limit = question.max_length if isinstance(question, WriteQuestion) else 0
        note = Say(text=turn.words(key, limit=limit))
        return Step(state, [note, _filled(turn, show(turn, survey, question, answers, row.id), row)])
    answers = walk.prune(survey, {**answers, question.id: accepted})
    score = walk.score(survey, answers)
    task = state.task
    if question.id == survey.main and (not state.entered or state.again):
        task = await _marked(turn, state, survey, row, score)
    if row.subject_kind == "appeal":
        await rated.kept(turn, row, answers, score, task)
    following = walk.following(survey, answers, question.id)
    if danger == "sure":
        return await _danger(turn, state, row, answers, score, task, before)
    if danger == "doubt":
        # Told and alerted all the same, but a figure of speech must not end a survey.
        task = await _danger_task(turn, row, task)
        before.insert(0, Say(text=turn.words("enter-danger" if state.entered else "danger")))
    if following is not None:
        # What is not entered to its end does not count, unless people were alerted by it already.
        counts = not state.entered or state.again or task is not None
        await feedback.keep_answers(turn.session, row.id, answers, score if counts else None)
        moved = state.model_copy(update={"question": following.id, "task": task})
        return Step(moved, [*before, _filled(turn, show(turn, survey, following, answers, row.id), row)])
    if task is not None and survey.ask_reply and walk.is_low(survey, answers) and turn.may("relay"):
        await feedback.keep_answers(turn.session, row.id, answers, score)
        asking = AskingReply(
            response=row.id,
            survey=survey.id,
            version=survey.version,
            task=task,
            subject_kind=row.subject_kind,
            subject=row.subject,
            service=row.service,
            score=score or 0,
            again=state.again,
        )
        return Step(asking, [*before, ask_reply(turn, asking)])
    if state.entered:
        if not state.again:
            task = await _marked(turn, state.model_copy(update={"task": task}), survey, row, score)
        if task is not None:
            await tasks.touch(turn.session, task, turn.now)
        name = subject_name(turn, row.subject_kind, row.subject)
        return await entered.kept(turn, state, row, answers, score, before, name)
    await feedback.finish(turn.session, row.id, answers=answers, score=score, tie=await _tie_of_row(turn, row))
    if task is not None:
        await tasks.touch(turn.session, task, turn.now)
    if row.subject_kind == "answer":
        await _answer_rated(turn, row.subject)
    last = ending(turn, survey, answers)
    if row.subject_kind == "appeal":
        return Step(Idle(), [*before, *await rated.ending(turn, row, answers, last)])
    return Step(Idle(), [*before, last])


async def _marked(turn: Turn, state: Answering, survey: Survey, row: Any, score: int | None) -> int | None:
    """What follows from the mark: a task for a low one; a changed mark keeps its history, and its task if any."""
    low = score is not None and survey.alert_upto is not None and score <= survey.alert_upto
    task = state.task
    if row.score is not None and row.score != score:
        await feedback.keep_change(turn.session, row.id, row.score, score, to_the_hour(turn.now))
        if task is None and (state.again or low):
            known = await tasks.of_response(turn.session, row.id)
            task = known.id if known else None
        if task is not None:
            how = "corrected" if state.entered else "raised"
            note = "" if low else f"{how}:{score if score is not None else 'unsure'}"
            await tasks.touch(turn.session, task, turn.now, note=note)
            return task
    if low and task is None:
        return await tasks.open_task(
            turn.session,
            kind="low_score",
            channel=row.channel,
            now=turn.now,
            announce_at=turn.now + ALERT_AFTER,
            response=row.id,
            subject_kind=row.subject_kind,
            subject=row.subject,
            service=row.service,
            owner=_owner(turn, row),
        )
    return task


def _owner(turn: Turn, row: Any) -> str | None:
    """Who answers for an answer of the knowledge base; everything else knows its own people."""
    known = turn.knowledge.listed.get(row.subject) if row.subject_kind == "template" else None
    return known.owner if known is not None else None


async def _danger(
    turn: Turn,
    state: Answering,
    row: Any,
    answers: Answers,
    score: int | None,
    task: int | None,
    before: list[Reply],
) -> Step:
    """Words of danger in a comment: 112 at once, people at once; no further question (requirements 9.04)."""
    if state.entered:
        await _danger_task(turn, row, task)
        told: list[Reply] = [Say(text=turn.words("enter-danger")), *before]
        name = subject_name(turn, row.subject_kind, row.subject)
        return await entered.kept(turn, state, row, answers, score, told, name)
    await feedback.finish(turn.session, row.id, answers=answers, score=score, tie=await _tie_of_row(turn, row))
    await _danger_task(turn, row, task)
    return Step(Idle(), [Say(text=turn.words("danger"), buttons=(menu_button(turn),)), *before])


async def _danger_task(turn: Turn, row: Any, task: int | None) -> int:
    """The task of this response, made urgent; opened if there is none."""
    if task is None:
        known = await tasks.of_response(turn.session, row.id)
        task = known.id if known else None
    if task is not None:
        await tasks.make_danger(turn.session, task, turn.now)
        return task
    return await tasks.open_task(
        turn.session,
        kind="danger",
        channel=row.channel,
        now=turn.now,
        announce_at=turn.now,
        response=row.id,
        subject_kind=row.subject_kind,
        subject=row.subject,
        service=row.service,
    )


def ending(turn: Turn, survey: Survey, answers: Answers) -> Say:
    return Say(text=turn.text(walk.ending(survey, answers).text), buttons=(menu_button(turn),))


# --- does he want an answer? ------------------------------------------------------------------------------


def promised(turn: Turn) -> str:
    return hours.until(turn.words, turn.calendar, promised_day(turn), turn.today)


def promised_day(turn: Turn) -> date:
    """The day until which a client who asks for an answer gets it."""
    return turn.calendar.add_working_days(turn.today, turn.office.rules.promise_days)


def ask_reply(turn: Turn, state: AskingReply) -> Choose:
    return Choose(
        text=turn.words("ask-reply", day=promised(turn)),
        step=f"reply~{nonce(state.response)}",
        asks="relay",
        hint=turn.words("ask-reply-hint"),
        options=(
            Button(key="yes", label=turn.words("button-want-reply")),
            Button(key="no", label=turn.words("button-no-reply")),
        ),
    )


async def answer_reply(turn: Turn, state: AskingReply, event: Event) -> Step:
    """The last question after a low mark; the response is finished whatever he says."""
    reply = ask_reply(turn, state)
    key = ""
    match event:
        case Press(step=at) | Fill(step=at) if at == reply.step:
            key = _key(event)
        case Press() | Fill() if _own(event.step, state.response):
            row = await feedback.load(turn.session, state.response, turn.key)
            survey = await turn.survey(state.survey, state.version)
            if row is not None and survey is not None:
                going = Answering(
                    response=state.response,
                    survey=state.survey,
                    version=state.version,
                    question=survey.questions[-1].id,
                    task=state.task,
                    again=state.again,
                )
                step = await _pressed_before(
                    turn, going, survey, row, feedback.answers_of(row), event.step, _key(event), event
                )
                if isinstance(step.state, Answering) and step.state == going:
                    step.state = state
                return step
        case Text(text=text):
            presses = typed.press(reply, text)
            key = presses[0].key if presses else ""
        case _:
            pass
    if key not in ("yes", "no"):
        return Step(state, [Say(text=turn.words("choose-or-type")), reply])
    survey = await turn.survey(state.survey, state.version)
    tie = await turn.tie(Subject(state.subject_kind, state.subject, state.service), state.survey)
    if survey is None or not await feedback.finish_kept(turn.session, state.response, turn.key, tie):
        return Step(Idle(), [Say(text=turn.words("survey-closed"), buttons=(menu_button(turn),))])
    await tasks.touch(turn.session, state.task, turn.now)
    thanks = turn.text(walk.ending(survey, walk.answers_of_score(survey, state.score)).text)
    if key == "no":
        if state.again:
            await relays.take_back(turn.session, state.task)
        return Step(Idle(), [Say(text=thanks, buttons=(menu_button(turn),))])
    return await _promise(turn, state, thanks)


async def _promise(turn: Turn, state: AskingReply, thanks: str) -> Step:
    until = promised_day(turn)
    _, keep = await open_way_back(turn, state.task, until, turn.office.rules.promise_days)
    say = Say(
        text="\n\n".join(
            [thanks, turn.words("reply-promised", day=hours.until(turn.words, turn.calendar, until, turn.today))]
        ),
        buttons=(menu_button(turn),),
    )
    return Step(Idle(), [say] if keep is None else [say, keep])


async def open_way_back(turn: Turn, task: int, until: date, days: int) -> tuple[int, Keep | None]:
    """Keep a way back to this client for a task; gives its id, and on a page the secret address to be kept."""
    where = turn.incoming.where
    address, sealed, link = turn.key, "", ""
    if turn.traits.pages:
        secret = turn.keys.new_secret()
        address, link = turn.keys.hash(f"{where.channel}:a-{secret}"), f"{turn.url}/a/{secret}"
    else:
        sealed = turn.keys.seal(where.id)
    relay = await relays.open_relay(
        turn.session,
        task=task,
        channel=where.channel,
        address=address,
        sealed=sealed,
        language=turn.language,
        promised=until,
        term=days,
        today=turn.today,
    )
    return relay, Keep(text=turn.words("keep-link"), url=link, asks="relay") if link else None


async def _answer_rated(turn: Turn, task: str) -> None:
    """The answer was rated: the way back has served and is removed."""
    relay = await relays.of_task(turn.session, int(task)) if task.isdecimal() else None
    if relay is not None and relay.state != "waiting":
        found = await tasks.get(turn.session, int(task))
        if found is None or found.status == "closed":
            await relays.end(turn.session, relay.id)
        else:
            await relays.mark(turn.session, relay.id, "rated")


# --- after the end ----------------------------------------------------------------------------------------


async def answer_again(turn: Turn, state: Again, event: Event) -> Step:
    """«Изменить» or «Оставить» for a mark that was given today."""
    row = await _given_today(turn, state)
    if row is None:
        return Step(Idle(), [Say(text=turn.words("survey-closed"), buttons=(menu_button(turn),))])
    key = ""
    match event:
        case Press() | Fill() if _own(event.step, row.id):
            key = _key(event)
        case Text(text=text):
            presses = typed.press((await already(turn, row)).replies[0], text)
            key = presses[0].key if presses else ""
        case _:
            pass
    if key == "change":
        return await change(turn, row)
    if key == "keep":
        return Step(Idle(), [Say(text=turn.words("mark-kept"), buttons=(menu_button(turn),))])
    return await already(turn, row)


async def change(turn: Turn, row: Any, question_id: str | None = None) -> Step:
    """Open today's response again at its main question (or at the one pressed)."""
    survey = await turn.survey(row.survey, row.version)
    if survey is None:
        return Step(Idle(), [Say(text=turn.words("survey-closed"), buttons=(menu_button(turn),))])
    await feedback.reopen(turn.session, row.id, turn.key, turn.today)
    task = await tasks.of_response(turn.session, row.id)
    question = _at(survey, question_id or survey.main)
    answers = feedback.answers_of(row)
    state = Answering(
        response=row.id,
        survey=survey.id,
        version=survey.version,
        question=question.id,
        task=task.id if task else None,
        again=True,
    )
    return Step(state, [_filled(turn, show(turn, survey, question, answers, row.id), row)])


async def old_press(turn: Turn, state: Any, step: str, key: str) -> Step | None:
    """A button of a finished survey: «Вы уже ответили: 4», with «Изменить» while today lasts. None: not a survey's
    button, or not this author's, or of another day."""
    found = await _finished(turn, step)
    if found is None:
        return None
    survey = await turn.survey(found.survey, found.version)
    if survey is None:
        return None
    question = next((q for q in survey.questions if step == step_of(survey.id, q.id, found.id)), None)
    if question is None:
        return (
            await already(turn, found)
            if step == f"again~{nonce(found.id)}" and key != "change"
            else (await change(turn, found) if key == "change" else None)
        )
    if key == "change":
        return await change(turn, found, question.id)
    return Step(state, [_answered_before(turn, question, feedback.answers_of(found), step)])


async def _finished(turn: Turn, step: str) -> Any | None:
    """The response of today to which this step belongs: of those whose id fits, the one with a tie of this chat."""
    ending = ending_of(step.rpartition("~")[2]) if "~" in step else None
    if ending is None:
        return None
    for row in await feedback.tied_today(turn.session, turn.today, ending, NONCE_BITS):
        if row.tie == await _tie_of_row(turn, row):
            return row
    return None


async def todays_ties(turn: Turn) -> list[str]:
    """All ties that this chat can have today: one for each thing that anybody has rated today, so that an office of
    thousands of points costs no more than its day."""
    return [await turn.tie(s, survey) for s, survey in await feedback.rated_today(turn.session, turn.today)]

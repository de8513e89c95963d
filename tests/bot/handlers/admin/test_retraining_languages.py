"""Why a retraining ended as it did, in the language of the admin who reads it."""

import json

import pytest
from sqlalchemy import update

from bot.i18n import StoredMessage, in_language
from bot.replies.gate import gate_reasons
from bot.replies.retraining_result import plot_texts
from bot.storage import runs as stored_runs
from bot.storage.database import Database
from bot.storage.runs import State
from bot.storage.schema import runs
from model.evaluation.metrics import Interval
from model.retraining.promotion_gate import (
    CorrectionsCheck,
    GateResult,
    RejectionReason,
    ValidationCheck,
)
from model.retraining.result_plot import TrainingCurve, draw_result
from tests.support.admin_buttons import start_button
from tests.support.fake_telegram import ALEX, ALEXS_CHAT, FakeTelegram
from tests.support.fake_user import FakeUser, from_alex
from tests.support.labelled_faces import label_faces
from tests.support.retraining_runs import begin_run, finish_run, wait_for_edit
from tests.support.scripted_retraining import WAIT, FakeProgram, failed, started

LOSS = Interval(-0.007, -0.01, -0.004)
SAME = Interval(0, -0.003, 0.003)

GERMAN = {**ALEX, "language_code": "de"}

pytestmark = pytest.mark.usefixtures("retraining_service")


class German:
    """An admin who reads German, and what that one gets to read."""

    def __init__(
        self, chatter: FakeUser, telegram: FakeTelegram, database: Database, program: FakeProgram
    ) -> None:
        self.chatter = chatter
        self.telegram = telegram
        self.database = database
        self.program = program

    async def starts(self, status: int = 0) -> int:
        """Start a retraining that will end with a status; its id."""
        await label_faces(self.database, range(3), user=ALEX["id"])
        await self.chatter.send({**from_alex(self.chatter, "/retrain"), "from": GERMAN})
        run = await begin_run(self.database)
        self.program.set_output(started(run), WAIT, status=status)
        await self.chatter.tap("Starten", GERMAN, chat=ALEXS_CHAT)
        await wait_for_edit(self.telegram, "Lernen aus den Korrekturen")
        return run

    async def reads_card(self) -> list[str]:
        """Let it end; the reasons on the card."""
        await self.program.resume()
        await wait_for_edit(self.telegram, "Das Training ist vorbei.")
        await self.telegram.wait_for_calls("sendMessage", 2)
        lines = self.telegram.texts[-1].splitlines()
        return [line for line in lines if line.startswith("•")]

    async def reads(self, part: str) -> list[str]:
        """Let it end; the lines of the message with this part."""
        await self.program.resume()
        return (await wait_for_edit(self.telegram, part)).splitlines()


@pytest.fixture
def german(
    anna: FakeUser, telegram: FakeTelegram, database: Database, program: FakeProgram
) -> German:
    return German(anna, telegram, database, program)


async def test_the_reasons_of_the_gate_are_translated_on_the_card(
    german: German, database: Database
) -> None:
    checks = (
        CorrectionsCheck(False, 40, 20, 21, held_out=True, rejection=RejectionReason.CHANCE),
        ValidationCheck(False, 1500, 1350, 1340, LOSS, SAME),
    )
    why = gate_reasons(GateResult(checks))
    await finish_run(database, await german.starts(), State.KEPT, *why)
    assert await german.reads_card() == [
        "• Bei den 40 zurückgehaltenen Korrekturen und Bestätigungen liegt sie 21-mal richtig, das "
        "aktive Modell 20-mal: Ein so kleiner Gewinn kann Zufall sein.",
        "• Bei den 1500 alten Validierungsgesichtern liegt sie 1340-mal richtig, das aktive "
        "Modell 1350-mal (-0.7 Punkte, zu 90 % zwischen -1.0 und -0.4): Mehr als 0.5 Punkte gehen "
        "verloren.",
    ]


async def test_the_words_in_the_plot_on_the_card_are_translated(
    german: German, telegram: FakeTelegram, database: Database
) -> None:
    measured = {"accuracy": 0.9, "low": 0.8, "high": 0.95, "ece": 0.02, "n": 40}
    sets = {"corrections": {**measured, "confusion": [[18, 2], [2, 18]]}}
    curve = [(1, 0.7, 0.5), (2, 0.4, 0.8)]
    run = await german.starts()
    figures = {"decision": "keep", "before": sets, "after": sets, "curve": curve}
    await stored_runs.decide(database, run, "new", (), figures)
    await stored_runs.finish(database, run, State.KEPT, 1_800_000_034, ())
    await german.program.resume()
    await telegram.wait_for_calls("sendPhoto", 1)
    with in_language("de"):
        texts = plot_texts()
    drawn = draw_result(sets, sets, TrainingCurve(curve), texts)
    assert (texts.before, texts.people) == ("vorher", "was die Leute sagen")
    assert telegram.called("sendPhoto")[0]["photo"] == drawn


async def test_reasons_stored_by_earlier_versions_are_still_shown(
    german: German, database: Database
) -> None:
    await finish_run(database, await german.starts(), State.KEPT)
    speed = "It takes {after} ms for a face, the model in service {before} ms."
    no_replay = (
        "Model {version} in {folder} has no {file}, which retraining needs. Make it with "
        "python -m scripts.replay."
    )
    translated = [
        {"text": speed, "values": {"after": "2.0", "before": "1.0"}},
        {"text": no_replay, "values": {"version": "a", "folder": "/b", "file": "c.npz"}},
    ]
    bare = ["It is right 7 times, {before} 8 times.", "", "It takes 2.0 ms."]
    noted = "\n".join([*bare, *map(json.dumps, translated)])
    async with database.writing() as connection:
        await connection.execute(update(runs).values(reason=noted))
    assert await german.reads_card() == [
        "• It is right 7 times, {before} 8 times.",
        "• It takes 2.0 ms.",
        "• Für ein Gesicht braucht sie 2.0 ms, das aktive Modell 1.0 ms.",
        "• Das Modell a in /b hat keine c.npz, und die ist zum Lernen nötig. Erzeuge sie mit "
        "python -m scripts.replay.",
    ]


async def test_the_end_of_a_killed_retraining_is_translated(german: German) -> None:
    await german.starts(status=137)
    assert (await german.reads("wurde unterbrochen"))[1:] == [
        "Es wurde gewaltsam beendet, oder der Strom fiel aus, bevor es zu einem Ergebnis kam.",
        "Das aktive Modell ist dasselbe wie vorher. /retrain beginnt von vorn.",
    ]


async def test_the_reason_of_a_failure_is_translated(german: German, database: Database) -> None:
    why = StoredMessage("A file cannot be used: {error}", {"error": "{gone}"})
    await finish_run(database, await german.starts(status=1), State.FAILED, why)
    assert (await german.reads("fehlgeschlagen"))[1] == (
        "Eine Datei lässt sich nicht benutzen: {gone}"
    )


async def test_the_reason_of_a_failure_before_the_run_began_is_translated(
    anna: FakeUser, telegram: FakeTelegram, database: Database, program: FakeProgram
) -> None:
    program.set_output(failed(None, "The disk is full. Make room, then start again."), status=1)
    await anna.press(await start_button(database), GERMAN, chat=ALEXS_CHAT)
    assert (await wait_for_edit(telegram, "fehlgeschlagen")).splitlines()[1] == (
        "Die Festplatte ist voll. Schaffe Platz und starte dann noch einmal."
    )

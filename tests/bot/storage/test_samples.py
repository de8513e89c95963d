from bot.storage import runs
from bot.storage.answers import Label
from bot.storage.database import Database
from bot.storage.runs import State, Taught
from bot.storage.samples import Lesson, News, find_lessons, whats_new
from bot.storage.schema import run_lessons
from bot.storage.users import erase, held_on
from tests.bot.storage.conftest import ALEX, ANNA, BEN, NOW
from tests.support.labelled_faces import face, say, sent, teach

HAPPY, SAD = Label.HAPPY, Label.SAD
CARLA = 7123456792
TRUSTED = {ALEX, BEN, CARLA}


async def labels(database: Database, trusted: set[int] = TRUSTED) -> list[Label]:
    return [lesson.label for lesson in await find_lessons(database, trusted)]


async def learn(database: Database, state: State = State.KEPT) -> list[Lesson]:
    """A retraining of all there is; returns what it learned."""
    lessons = await find_lessons(database, TRUSTED)
    ids = [one for lesson in lessons for one in lesson.corrections]
    counts = Taught(len(lessons), happy=0, sad=0, people=1, held_out=0, corrections=ids)
    run = await runs.begin(database, counts, mode="head", parent="first", by=None, now=NOW)
    await runs.finish(database, run, state, NOW)
    return lessons


async def news(database: Database) -> tuple[int, int]:
    found = await whats_new(database, TRUSTED)
    return found.new, found.total


async def test_equal_pictures_are_one_lesson(database: Database) -> None:
    for user in (ALEX, BEN, ALEX):
        await say(database, await sent(database, face(1), user), SAD, user)
    (lesson,) = await find_lessons(database, TRUSTED)
    assert (lesson.label, lesson.user_id) == (SAD, BEN)  # of Alex only the newest word counts
    assert len(lesson.corrections) == 2


async def test_most_of_the_trusted_decide(database: Database) -> None:
    for user, label in ((ALEX, SAD), (BEN, HAPPY), (CARLA, SAD)):
        await say(database, await sent(database, face(1), user), label, user)
    assert await labels(database) == [SAD]


async def test_as_many_for_as_against_is_no_lesson(database: Database) -> None:
    for user, label in ((ALEX, SAD), (BEN, HAPPY)):
        await say(database, await sent(database, face(1), user), label, user)
    assert await labels(database) == []


async def test_not_a_face_is_no_lesson_and_what_is_taken_back_neither(database: Database) -> None:
    await teach(database, [1], label=Label.NOT_A_FACE)
    answer = await sent(database, face(2), ALEX)
    await say(database, answer, SAD, ALEX)
    assert await labels(database) == [SAD]
    await say(database, answer, None, ALEX)
    assert await labels(database) == []


async def test_the_untrusted_teach_nothing_alone(database: Database) -> None:
    await teach(database, [1], user=ANNA, label=SAD)
    assert await labels(database, {ALEX}) == []
    assert await labels(database, {ALEX, ANNA}) == [SAD]


async def test_new_is_what_no_retraining_with_a_result_has_learned(database: Database) -> None:
    await teach(database, range(3))
    assert await news(database) == (3, 3)
    await learn(database, State.FAILED)
    assert await news(database) == (3, 3)
    await learn(database)
    assert await news(database) == (0, 3)
    await teach(database, [3], user=BEN, label=SAD)
    assert await whats_new(database, TRUSTED) == News(4, 1, happy=0, sad=1, by_user={BEN: 1})
    await learn(database, State.STOPPED)
    assert await news(database) == (1, 4)
    await learn(database, State.PROMOTED)
    assert await news(database) == (0, 4)


async def test_after_a_rollback_what_the_version_had_learned_is_no_reason_to_make_it_anew(
    database: Database,
) -> None:
    await teach(database, range(3))
    await learn(database, State.PROMOTED)
    await runs.note(database, State.ROLLED_BACK, "old", before="new", by=ALEX, now=NOW)
    assert await news(database) == (0, 3)
    await teach(database, [3])
    assert await news(database) == (1, 4)
    assert len(await find_lessons(database, TRUSTED)) == 4  # the next one learns them with the rest


async def test_a_change_of_mind_is_new_and_one_more_who_agrees_is_not(database: Database) -> None:
    answer = await sent(database, face(1), ALEX)
    await say(database, answer, SAD, ALEX)
    await learn(database)
    await say(database, await sent(database, face(1), BEN), SAD, BEN)
    assert await news(database) == (0, 1)
    for user in (ALEX, BEN):
        await say(database, await sent(database, face(1), user), HAPPY, user)
    assert await news(database) == (1, 1)


async def test_who_is_trusted_later_has_something_new_to_teach(database: Database) -> None:
    await teach(database, [1], user=ANNA)
    await teach(database, [2])
    await learn(database)
    assert await news(database) == (0, 1)
    assert (await whats_new(database, {*TRUSTED, ANNA})).new == 1


async def test_only_the_last_result_is_remembered(database: Database) -> None:
    await teach(database, range(3))
    await learn(database)
    await learn(database)
    async with database.reading() as connection:
        rows = (await connection.execute(run_lessons.select())).all()
    assert {row.run_id for row in rows} == {2}
    assert len(rows) == 3


async def test_what_an_erased_user_taught_is_not_learned_again(database: Database) -> None:
    await teach(database, [1, 2], user=BEN)
    await teach(database, [3])
    await learn(database)
    assert len((await held_on(database, BEN)).lessons) == 2
    await erase(database, BEN)
    lessons = await find_lessons(database, TRUSTED)
    assert [lesson.user_id for lesson in lessons] == [ALEX]
    async with database.reading() as connection:
        assert len((await connection.execute(run_lessons.select())).all()) == 1

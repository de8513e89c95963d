import hashlib

import numpy as np
import pytest

from model.retraining.samples import (
    MAX_SHARE,
    MAX_USER_SHARE,
    MAX_WEIGHT,
    SampleSet,
    balance_weights,
    evaluation_weights,
    is_held_out,
    merge_near_duplicates,
    training_weights,
)
from tests.support.drawn_faces import drawn_face

REPLAYED = 3000.0


def samples_by(users: dict[str, int], seed: int = 0) -> SampleSet:
    """Return different faces, with a number of samples for each user."""
    rng = np.random.default_rng(seed)
    names = tuple(name for name, count in users.items() for _ in range(count))
    crops = rng.integers(0, 255, (len(names), 48, 48), dtype=np.uint8)
    digests = tuple(hashlib.sha256(crop.tobytes()).hexdigest() for crop in crops)
    return SampleSet(crops, np.arange(len(names)) % 2, names, digests)


def test_the_same_fifth_of_the_pictures_is_always_held_out() -> None:
    samples = samples_by({"ada": 1000})
    assert 0.15 < samples.held_out.mean() < 0.25
    backwards = samples.subset(np.arange(1000)[::-1])
    np.testing.assert_array_equal(backwards.held_out[::-1], samples.held_out)
    assert is_held_out("a")
    assert not is_held_out("b")


def test_one_user_weighs_at_most_a_twentieth_of_what_samples_may_weigh() -> None:
    for count in (50, 500):
        samples = samples_by({"mallory": count})
        weights = training_weights(samples, np.ones(count), REPLAYED)
        most = MAX_USER_SHARE * MAX_SHARE / (1 - MAX_SHARE) * REPLAYED
        assert weights.sum() == pytest.approx(most)


def test_five_hundred_samples_of_one_user_take_no_weight_from_others() -> None:
    honest = dict.fromkeys("abcdefgh", 5)
    alone = training_weights(samples_by(honest), np.ones(40), REPLAYED)
    crowded = training_weights(samples_by({**honest, "mallory": 500}), np.ones(540), REPLAYED)
    np.testing.assert_allclose(crowded[:40], alone)


def test_all_samples_together_weigh_at_most_a_fifth_of_an_epoch() -> None:
    samples = samples_by({str(user): 40 for user in range(50)})
    weights = training_weights(samples, np.ones(2000), REPLAYED)
    assert weights.sum() / (weights.sum() + REPLAYED) == pytest.approx(MAX_SHARE)


def test_the_weight_of_a_single_sample_is_limited() -> None:
    assert training_weights(samples_by({"ada": 1}), np.ones(1), REPLAYED) == [MAX_WEIGHT]


def test_confirmations_weigh_twice_as_much_as_corrections() -> None:
    samples = samples_by(dict.fromkeys("abcd", 10))
    agreed = np.arange(40) % 10 >= 6  # of each user six corrections and four confirmations
    counts = balance_weights(samples, agreed)
    assert counts[agreed].sum() == pytest.approx(2 * counts[~agreed].sum())
    assert (counts[~agreed] == 1).all()


def test_a_confirmation_counts_once_to_five_times() -> None:
    samples = samples_by(dict.fromkeys("abcd", 10))
    first = np.arange(40) == 0
    assert (balance_weights(samples, first) == np.where(first, 5, 1)).all()
    assert (balance_weights(samples, ~first) == 1).all()
    assert (balance_weights(samples, np.zeros(40, bool)) == 1).all()


def test_the_influence_of_one_user_in_measuring_is_limited() -> None:
    measured = evaluation_weights(samples_by({"mallory": 500, "ada": 8}))
    assert measured[:500].sum() == pytest.approx(10)
    assert measured[500:].sum() == pytest.approx(8)


def test_nearly_equal_pictures_are_merged() -> None:
    rng = np.random.default_rng(4)
    crops = np.stack([np.asarray(drawn_face("happy", rng)) for _ in range(4)])
    brighter = np.clip(crops[0].astype(int) + 3, 0, 255).astype(np.uint8)
    crops = np.concatenate([crops, brighter[None], brighter[None]])
    # 5 in hexadecimal: the fourth and the last are held out.
    samples = SampleSet(crops, np.array([0, 1, 0, 1, 1, 1]), tuple("abcdef"), tuple("123567"))
    once = merge_near_duplicates(samples)
    assert once.digests == ("2", "3", "5", "1") or once.digests == ("1", "2", "3", "5")
    label = once.labels[once.digests.index("1")]
    assert label == 1, "two of three call it happy"
    assert once.users[once.digests.index("1")] == "e"


def test_a_copy_of_a_held_out_picture_is_held_out() -> None:
    crop = np.asarray(drawn_face("sad", np.random.default_rng(1)))
    samples = SampleSet(np.stack([crop, crop]), np.array([0, 0]), ("a", "b"), ("1", "5"))
    assert merge_near_duplicates(samples).digests == ("5",)


def test_a_picture_without_a_majority_is_dropped() -> None:
    crop = np.asarray(drawn_face("sad", np.random.default_rng(1)))
    samples = SampleSet(np.stack([crop, crop]), np.array([0, 1]), ("a", "b"), ("1", "2"))
    assert len(merge_near_duplicates(samples)) == 0

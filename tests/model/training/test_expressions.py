import keras
import numpy as np
import pytest

from model.data.face_set import FaceSet
from model.data.votes import EXPRESSIONS
from model.network.architecture import build_network
from model.network.network_config import NetworkConfig
from model.training.config import TrainingConfig
from model.training.expressions import expression_targets, happy_or_sad, neither_targets
from model.training.targets import finetuning_set

NAMES = ("sad", "happy", "neutral", "tied")


def faces(*labels: str, votes: list[dict[str, int]] | None = None) -> FaceSet:
    cast = None
    if votes is not None:
        counts = [[one.get(name, 0) for name in EXPRESSIONS] for one in votes]
        cast = np.array(counts, np.float32)
    positions = np.array([NAMES.index(label) for label in labels])
    return FaceSet(np.zeros((len(labels), 48, 48), np.uint8), positions, cast)


def test_without_votes_the_label_is_the_target() -> None:
    _, targets = expression_targets(faces("happy", "tied"), NAMES)
    assert targets.tolist() == [[0, 1, 0, 0], [0, 0, 0, 1]]


def test_the_targets_are_the_shares_of_the_votes() -> None:
    cast = [{"happy": 3, "neutral": 1}, {"sad": 2, "angry": 2}, {}, {}]
    greys, targets = expression_targets(faces("happy", "tied", "sad", "tied", votes=cast), NAMES)
    assert len(greys) == len(targets) == 3  # nothing is known of the last one
    got = [
        {name: float(share) for name, share in zip(EXPRESSIONS, row, strict=True) if share}
        for row in targets
    ]
    assert got == [{"happy": 0.75, "neutral": 0.25}, {"sad": 0.5, "angry": 0.5}, {"sad": 1}]


def test_votes_for_neither_mood_count_half_in_fine_tuning() -> None:
    cast = [{"happy": 8, "neutral": 2}, {"sad": 3, "happy": 1}, {}]
    _, targets = finetuning_set(
        faces("happy", "sad", "happy", votes=cast), NAMES, TrainingConfig(neutral_share=1.0)
    )
    assert targets == pytest.approx([0.9, 0.25, 1.0])


def test_the_network_of_two_moods_gives_their_ratio() -> None:
    config = NetworkConfig(blocks=((4,), (8,)), dense=8)
    keras.utils.set_random_seed(1)
    expressions = build_network(config, outputs=len(EXPRESSIONS), fused=True)
    inputs = np.random.default_rng(1).normal(size=(20, 48, 48, 1)).astype(np.float32)
    sad, happy = expressions.predict(inputs, verbose=0)[:, :2].T
    got = happy_or_sad(expressions, config).predict(inputs, verbose=0)[:, 0]
    np.testing.assert_allclose(got, happy / (happy + sad), atol=1e-5)


def test_a_face_is_neither_as_far_as_people_say_so() -> None:
    cast = [{"happy": 3, "neutral": 1}, {"sad": 2, "angry": 6}, {}, {}]
    targets = neither_targets(faces("happy", "tied", "neutral", "sad", votes=cast), NAMES)
    assert targets.tolist() == [0.25, 0.75, 1, 0]
    assert neither_targets(faces("happy", "tied"), NAMES).tolist() == [0, 1]

import keras
import numpy as np
import pytest

from model.network.architecture import build_network
from model.network.network_config import NetworkConfig
from model.network.preprocessing import Preprocessing
from model.training.augmentation import Augmentation
from model.training.batches import Batches
from model.training.mixed_batches import MixedBatches, mirrored_answers

pytestmark = pytest.mark.training

CLASSES = 3
COUNT = 20
MIXED = 8  # of them


@pytest.fixture(scope="module")
def teacher() -> keras.Sequential:
    keras.utils.set_random_seed(1)
    return build_network(NetworkConfig(blocks=((4,), (4,)), dense=4), outputs=CLASSES)


GREYS = np.random.default_rng(1).integers(0, 256, (COUNT, 48, 48), np.uint8)
TARGETS = np.tile(np.float32([1, 0, 0]), (COUNT, 1))


def batches_of(teacher: keras.Sequential) -> MixedBatches:
    return MixedBatches(GREYS, TARGETS, Preprocessing(), Augmentation(), 1, COUNT, teacher)


def test_two_fifths_of_a_batch_are_mixtures_of_two_of_its_faces(teacher: keras.Sequential) -> None:
    faces, _ = Batches(GREYS, TARGETS, Preprocessing(), Augmentation(), 1, COUNT)[0]
    inputs, _ = batches_of(teacher)[0]
    np.testing.assert_array_equal(inputs[MIXED:], faces[MIXED:])
    flat, mixed = faces.reshape(COUNT, -1), inputs[:MIXED].reshape(MIXED, -1)
    shares = []
    for index in range(MIXED):
        two = np.stack([flat[index], flat[index - 1], np.ones_like(flat[0])], axis=1)
        weights, *_ = np.linalg.lstsq(two, mixed[index])
        np.testing.assert_allclose(two @ weights, mixed[index], atol=1e-3)
        shares.append(min(weights[:2]) / sum(weights[:2]))
    assert min(shares) >= -1e-3  # the share of the face of which there is less
    assert max(shares) > 0.2


def test_the_targets_of_mixtures_are_the_answers_of_the_teacher(teacher: keras.Sequential) -> None:
    inputs, targets = batches_of(teacher)[0]
    expected = mirrored_answers(teacher, inputs[:MIXED])
    np.testing.assert_allclose(targets[:MIXED], expected, atol=1e-5)
    assert (targets[MIXED:] == [1, 0, 0]).all()


def test_a_resumed_training_gets_the_same_mixtures(teacher: keras.Sequential) -> None:
    batches, resumed = batches_of(teacher), batches_of(teacher)
    batches.on_epoch_end()
    resumed.start_at(1)
    for expected, got in zip(batches[0], resumed[0], strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_face_and_its_mirror_image_get_the_same_answer(teacher: keras.Sequential) -> None:
    faces = np.random.default_rng(2).random((5, 48, 48, 1), np.float32)
    mirrored = mirrored_answers(teacher, faces[:, :, ::-1])
    np.testing.assert_allclose(mirrored, mirrored_answers(teacher, faces), atol=1e-6)

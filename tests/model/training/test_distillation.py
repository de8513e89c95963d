import keras
import numpy as np
import pytest

from model.network.architecture import build_network
from model.network.network_config import NetworkConfig
from model.training.distillation import use_best_mean

pytestmark = pytest.mark.training


@pytest.mark.parametrize(("is_better_before", "share"), [(True, 0.5), (False, 1.0)])
def test_the_mean_of_the_weights_that_answers_best_is_used(
    is_better_before: bool, share: float
) -> None:
    keras.utils.set_random_seed(1)
    networks = [build_network(NetworkConfig(blocks=((4,),), dense=4), outputs=3) for _ in range(2)]
    good, bad = (network.get_weights() for network in networks)
    faces = np.random.default_rng(1).random((8, 48, 48, 1), np.float32)
    held_out = faces, networks[0].predict(faces, verbose=0)  # what the good weights answer
    before, after = (good, bad) if is_better_before else (bad, good)
    networks[0].set_weights(after)
    assert use_best_mean(networks[0], before, held_out) == share
    expected = [(1 - share) * old + share * new for old, new in zip(before, after, strict=True)]
    for one, other in zip(networks[0].get_weights(), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)

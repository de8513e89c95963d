import keras
import numpy as np
import pytest

from model.network.architecture import build_network
from model.network.network_config import NetworkConfig
from model.network.residual import ResidualConvolution, copy_as_plain

pytestmark = pytest.mark.training

DEEP = NetworkConfig(blocks=((4,), (6, 6), (8, 8, 8)), dense=8, residual=True)


def faces(count: int) -> np.ndarray:
    return np.random.default_rng(count).normal(size=(count, 48, 48, 1)).astype(np.float32)


@pytest.fixture
def trained() -> keras.Sequential:
    """A network whose normalizations have other weights than at the start."""
    keras.utils.set_random_seed(1)
    network = build_network(DEEP, fused=True)
    rng = np.random.default_rng(1)
    network.set_weights(
        [w + rng.uniform(0, 0.3, w.shape) * (w.ndim == 1) for w in network.get_weights()]
    )
    return network


def test_the_last_convolution_of_each_block_of_several_is_residual() -> None:
    kinds = [type(layer).__name__ for layer in build_network(DEEP).layers]
    assert [kind for kind in kinds if "Conv" in kind] == [
        "Conv2D",
        *("Conv2D", "ResidualConvolution"),
        *("Conv2D", "Conv2D", "ResidualConvolution"),
    ]


def test_a_residual_convolution_starts_by_changing_nothing() -> None:
    maps = np.abs(np.random.default_rng(1).normal(size=(2, 6, 6, 4))).astype(np.float32)
    layer = ResidualConvolution(4, keras.layers.BatchNormalization, 0.95)
    np.testing.assert_array_equal(layer(maps), maps)


def test_the_plain_network_gives_the_same_results(trained: keras.Sequential) -> None:
    plain = build_network(DEEP.plain())
    copy_as_plain(trained, plain, faces(40))
    assert not any(isinstance(layer, ResidualConvolution) for layer in plain.layers)
    got, expected = (one.predict(faces(20), verbose=0) for one in (plain, trained))
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_the_plain_network_normalizes_with_the_statistics_of_the_faces(
    trained: keras.Sequential,
) -> None:
    plain = build_network(DEEP.plain())
    copy_as_plain(trained, plain, faces(40))
    position = max(
        index for index, layer in enumerate(plain.layers) if isinstance(layer, keras.layers.Conv2D)
    )
    until = keras.Sequential([keras.Input((48, 48, 1)), *plain.layers[: position + 1]])
    maps = until.predict(faces(40), verbose=0)
    _, _, mean, variance = plain.layers[position + 1].get_weights()
    np.testing.assert_allclose(mean, maps.mean((0, 1, 2)), rtol=1e-3)
    np.testing.assert_allclose(variance, maps.var((0, 1, 2)), rtol=1e-3)

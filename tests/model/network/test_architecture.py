import json

import numpy as np
import pytest

from model.network.architecture import build_network, copy_backbone
from model.network.network_config import NetworkConfig

pytestmark = pytest.mark.training

SMALL = NetworkConfig(blocks=((4,), (8,), (8,)), dense=8)


def test_the_network_has_the_configured_shape() -> None:
    network = build_network(NetworkConfig())
    assert network.output_shape == (None, 1)
    assert network.count_params() < 3_000_000
    assert build_network(SMALL, outputs=6).output_shape == (None, 6)


def test_a_configuration_survives_json() -> None:
    assert NetworkConfig.from_json(json.loads(json.dumps(SMALL.as_json()))) == SMALL


def test_the_weights_of_a_network_with_fused_normalization_fit_one_without() -> None:
    fused, plain = build_network(SMALL, fused=True), build_network(SMALL)
    plain.set_weights(fused.get_weights())
    inputs = np.random.default_rng(0).normal(size=(4, 48, 48, 1)).astype(np.float32)
    np.testing.assert_allclose(
        plain.predict(inputs, verbose=0), fused.predict(inputs, verbose=0), atol=1e-6
    )


def test_copying_the_backbone_keeps_the_head() -> None:
    source, target = build_network(SMALL, outputs=6), build_network(SMALL)
    head = target.layers[-1].get_weights()
    copy_backbone(source, target)
    for copied, original in zip(target.layers[:-1], source.layers[:-1], strict=True):
        for one, other in zip(copied.get_weights(), original.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
    for one, other in zip(target.layers[-1].get_weights(), head, strict=True):
        np.testing.assert_array_equal(one, other)


def test_configurations_of_earlier_manifests_are_read() -> None:
    earlier = {
        "input_size": 48, "blocks": [[4], [8]], "dense": 8, "block_dropout": 0.0,
        "dense_dropout": 0.0,
    }  # fmt: skip
    assert NetworkConfig.from_json(earlier) == NetworkConfig(48, ((4,), (8,)), 8, 0.0, 0.0)

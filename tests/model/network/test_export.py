from pathlib import Path

import numpy as np
import pytest

from model.errors import ModelDamagedError
from model.network.architecture import build_network
from model.network.export import check_parity, export_litert, join_networks
from model.network.network_config import NetworkConfig
from tests.support.neutral_model import constant_branch

pytestmark = pytest.mark.training

SMALL = NetworkConfig(blocks=((4,), (8,), (8,)), dense=8)


def test_the_litert_file_agrees_with_its_network_but_not_with_another(tmp_path: Path) -> None:
    network, other = build_network(SMALL), build_network(SMALL)
    inputs = np.random.default_rng(0).normal(size=(10, 48, 48, 1)).astype(np.float32)
    export_litert(network, tmp_path / "mood.tflite")
    check_parity(network, tmp_path / "mood.tflite", inputs)
    with pytest.raises(ModelDamagedError, match="differs from the Keras network"):
        check_parity(other, tmp_path / "mood.tflite", inputs)


def test_both_outputs_are_converted_and_told_apart(tmp_path: Path) -> None:
    network = build_network(SMALL)
    branch, other = (constant_branch(network, probability) for probability in (0.9, 0.3))
    inputs = np.random.default_rng(0).normal(size=(4, 48, 48, 1)).astype(np.float32)
    joined = join_networks(network, branch)
    export_litert(joined, tmp_path / "mood.tflite")
    check_parity(joined, tmp_path / "mood.tflite", inputs)
    with pytest.raises(ModelDamagedError, match=r"by 0\.6;"):
        check_parity(join_networks(network, other), tmp_path / "mood.tflite", inputs)


def test_a_network_that_answers_no_number_is_refused(tmp_path: Path) -> None:
    network = build_network(SMALL)
    network.set_weights([np.full_like(weights, np.nan) for weights in network.get_weights()])
    inputs = np.zeros((2, 48, 48, 1), np.float32)
    export_litert(network, tmp_path / "mood.tflite")
    with pytest.raises(ModelDamagedError, match="differs from the Keras network by nan"):
        check_parity(network, tmp_path / "mood.tflite", inputs)

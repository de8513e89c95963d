"""The shape of the convolutional network."""

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The layers of the network, saved in a model's manifest.

    Attributes:
        input_size: side of the square grey input, in pixels.
        blocks: number of filters of each convolution, by block.
        dense: units of the hidden dense layer.
        block_dropout: share of feature maps dropped after a block, 0 to 1.
        dense_dropout: share of features dropped before and after the dense layer, 0 to 1.
        residual: the last convolution of each block of several adds its input to its output, which
            deeper networks need to be trained from random weights. Then it has as many filters as
            the one before it. No finished network has it: see `model.network.residual`.
    """

    input_size: int = 48
    blocks: tuple[tuple[int, ...], ...] = ((32,), (64,), (128, 128), (256,))
    dense: int = 128
    block_dropout: float = 0.05
    dense_dropout: float = 0.3
    residual: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the configuration as JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, settings: dict[str, Any]) -> "NetworkConfig":
        """Restore a configuration from the output of `as_json`, even if read from a JSON file."""
        return cls(**{**settings, "blocks": tuple(tuple(block) for block in settings["blocks"])})

    def plain(self) -> "NetworkConfig":
        """Return the same network without residual convolutions."""
        return replace(self, residual=False)

    def is_residual(self, block: int, convolution: int) -> bool:
        """Return whether a convolution adds its input; both counted from 0."""
        return self.residual and 0 < convolution == len(self.blocks[block]) - 1

"""The hyperparameters of a training that differ between data sets, or that a user chooses.

Their names are the keys of `training` in the manifests of models.
"""

from dataclasses import dataclass, field, replace

from model.network.network_config import NetworkConfig
from model.training.augmentation import Augmentation


@dataclass(frozen=True, slots=True)
class StageConfig:
    """The hyperparameters of one stage of training.

    Attributes:
        epochs: maximum number of epochs.
        learning_rate: peak of the schedule.
        warm_up: share of the steps in which the learning rate rises to its peak, 0 to 1.
        hold: share of the steps in which it stays there, before it falls, 0 to 1.
        weight_decay: decoupled weight decay.
        label_smoothing: how far targets are pulled to the middle, 0 to 1.
        averaged: time constant of the moving average of the weights, as a share of all steps.
        patience: after this many epochs without a lower validation loss the stage ends, and the
            epoch with the lowest loss is kept. 0: all epochs, and the most accurate one is kept.
        best_by_loss: with a patience of 0, keep the epoch with the lowest validation loss.
    """

    epochs: int
    learning_rate: float
    warm_up: float = 0.1
    hold: float = 0.0
    weight_decay: float = 1e-4
    label_smoothing: float = 0.05
    averaged: float = 0.05
    patience: int = 0
    best_by_loss: bool = False


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """What decides the result of a training, besides the data and the constants in this package.

    Attributes:
        pretraining: the stage on all expressions; with votes of several people, the main one.
        distillation: after pre-training on votes, the stage on the votes and its own answers.
        generations: how often that stage is repeated, each time with the answers of the network
            that the one before has left.
        finetuning: the stage on happy, sad and neutral faces (target 0.5).
        neither: the stage of the network that tells faces that are neither happy nor sad; only
            after pre-training on votes.
        neutral_share: share of the neutral faces that are used for fine-tuning, 0 to 1.
        batch_size: faces in a batch.
        seed: seed of the initial weights, of shuffling and of augmentation.
        variation: the strength of the augmentation.
        distillation_variation: the same for distillation.
        network: shape of a network that starts from random weights.
        from_shipped: start from the shipped model's weights instead of random ones.
    """

    pretraining: StageConfig = StageConfig(epochs=60, learning_rate=3e-3)
    distillation: StageConfig = StageConfig(epochs=0, learning_rate=0)
    generations: int = 1
    finetuning: StageConfig = StageConfig(epochs=20, learning_rate=6e-4)
    neither: StageConfig = StageConfig(
        epochs=6, learning_rate=1e-3, label_smoothing=0, best_by_loss=True
    )
    neutral_share: float = 0.5
    batch_size: int = 128
    seed: int = 1
    variation: Augmentation = field(default_factory=Augmentation)
    distillation_variation: Augmentation = field(default_factory=Augmentation)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    from_shipped: bool = False


# The votes say how sure people are, so nothing is smoothed; and the loss, not the accuracy, says
# how near a network is to them.
_ON_VOTES = StageConfig(epochs=40, learning_rate=1.5e-3, label_smoothing=0, best_by_loss=True)
# With many faces: from what docs/experiments.md found best for FER+.
_ON_MANY_VOTES = replace(_ON_VOTES, epochs=45, warm_up=0.02, hold=0.48, weight_decay=0.03)
_DISTILLATION = replace(_ON_MANY_VOTES, epochs=16, learning_rate=1e-3, hold=0.2)
_GENERATIONS = 2
_DEEP = NetworkConfig(blocks=((32,), (64, 64), (128, 128, 128), (256, 256)), residual=True)
_WIDE_VARIATION = Augmentation(
    rotation=13,
    turned=0.2,
    looser=0.15,
    shear=0.08,
    equalized=0.15,
    overexposed=0.2,
    shaded=0.3,
    blur=0.2,
    noise=0.13,
    compressed=0.1,
    covered=0.24,
)
# Harder faces, for a network that has learned the others: it lost most accuracy on such.
_HARDER_VARIATION = replace(
    _WIDE_VARIATION, overexposed=0.35, blur=0.22, noise=0.15, compressed=0.12, covered=0.34
)


def default_config(
    *,
    is_large: bool,
    seed: int,
    from_scratch: bool,
    has_votes: bool = False,
    epochs: tuple[int, int] | None = None,
) -> TrainingConfig:
    """Return hyperparameters that suit a data set.

    For a small one: small batches, so that an epoch has enough steps; early stopping; and no
    pre-training, unless the training starts from scratch.

    Args:
        is_large: there are enough faces to train all layers.
        seed: seed of everything random.
        from_scratch: start from random weights instead of the shipped model's.
        has_votes: several people labelled the faces.
        epochs: maximum epochs of pre-training, and of each stage after it but the one of
            `neither`, instead of the defaults.
    """
    config = TrainingConfig(seed=seed, from_shipped=not from_scratch)
    if has_votes:
        config = replace(config, pretraining=_ON_VOTES)
    if has_votes and is_large:
        config = replace(
            config,
            pretraining=_ON_MANY_VOTES,
            distillation=_DISTILLATION,
            generations=_GENERATIONS,
            network=_DEEP,
            variation=_WIDE_VARIATION,
            distillation_variation=_HARDER_VARIATION,
        )
    if not is_large:
        pretraining, finetuning = _small_dataset_stages(config.pretraining, from_scratch)
        config = replace(config, pretraining=pretraining, finetuning=finetuning, batch_size=32)
    if epochs is not None:
        config = replace(
            config,
            pretraining=replace(config.pretraining, epochs=epochs[0]),
            finetuning=replace(config.finetuning, epochs=epochs[1]),
            distillation=replace(
                config.distillation, epochs=epochs[1] if config.distillation.epochs else 0
            ),
        )
    return config


def _small_dataset_stages(
    default: StageConfig, from_scratch: bool
) -> tuple[StageConfig, StageConfig]:
    if from_scratch:
        return default, StageConfig(epochs=150, learning_rate=1e-3, patience=30)
    return replace(default, epochs=0), StageConfig(epochs=40, learning_rate=3e-4, patience=10)

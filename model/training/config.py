"""How to train: everything that decides how a training ends, but for the pictures."""

from dataclasses import dataclass, field, replace

from model.training.augmentation import Augmentation


@dataclass(frozen=True, slots=True)
class StageConfig:
    """The settings of one stage of training.

    Args:
        epochs: times that all faces are seen, at most.
        learning_rate: peak of the schedule.
        warm_up: share of the steps in which the learning rate rises to its peak, 0 to 1.
        weight_decay: decoupled weight decay.
        label_smoothing: how far targets are pulled to the middle, 0 to 1.
        averaged: time constant of the moving average of the weights, as a share of all steps.
        patience: epochs without a lower validation loss after which the stage ends, and the
            epoch with the lowest is kept; 0: all epochs, and the most accurate one is kept.
    """

    epochs: int
    learning_rate: float
    warm_up: float = 0.1
    weight_decay: float = 1e-4
    label_smoothing: float = 0.05
    averaged: float = 0.05
    patience: int = 0


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that decides how a training ends, but for the pictures.

    Args:
        pretraining: the stage on all expressions.
        finetuning: the stage on happy, sad and neutral (whose target is 0.5).
        neutral_share: share of the neutral faces that fine-tuning sees, 0 to 1.
        batch_size: faces a step.
        seed: of the initial weights, the shuffles and the variations.
        variation: how strongly faces are varied.
        from_shipped: start from the shipped model's weights instead of from nothing.
    """

    pretraining: StageConfig = StageConfig(epochs=60, learning_rate=3e-3)
    finetuning: StageConfig = StageConfig(epochs=20, learning_rate=6e-4)
    neutral_share: float = 0.5
    batch_size: int = 128
    seed: int = 1
    variation: Augmentation = field(default_factory=Augmentation)
    from_shipped: bool = False


def default_config(
    *, many: bool, seed: int, from_scratch: bool, epochs: tuple[int, int] | None = None
) -> TrainingConfig:
    """The recipe that suits a data set.

    Args:
        many: the faces are so many that all layers can be learned anew.
        seed: of everything random.
        from_scratch: start from nothing, however few faces there are.
        epochs: of pre-training and of fine-tuning, in place of the recipe's.

    Returns:
        For few faces: small batches, so that an epoch has enough steps, early stopping, and no
        pre-training where it starts from the shipped model.
    """
    recipe = TrainingConfig(seed=seed, from_shipped=not from_scratch)
    if not many:
        finetuning = (
            StageConfig(epochs=150, learning_rate=1e-3, patience=30)
            if from_scratch
            else StageConfig(epochs=40, learning_rate=3e-4, patience=10)
        )
        pretraining = recipe.pretraining if from_scratch else replace(recipe.pretraining, epochs=0)
        recipe = replace(recipe, pretraining=pretraining, finetuning=finetuning, batch_size=32)
    if epochs is not None:
        recipe = replace(
            recipe,
            pretraining=replace(recipe.pretraining, epochs=epochs[0]),
            finetuning=replace(recipe.finetuning, epochs=epochs[1]),
        )
    return recipe

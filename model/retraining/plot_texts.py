"""The words in the plot of a retraining's result; matplotlib is not needed to have them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlotTexts:
    """Titles and labels, short enough for a phone; in English unless others are given."""

    share_right: str = "Right answers, with 95 % intervals"
    answers: str = "Answers"
    validation: str = "Validation faces"
    corrections: str = "Corrections"
    before: str = "before"
    after: str = "after"
    happy: str = "happy"
    sad: str = "sad"
    answer: str = "answer"
    people: str = "what people say"
    training: str = "Training"
    epoch: str = "epoch"
    loss: str = "loss"
    accuracy: str = "accuracy"
    no_epochs: str = "no epoch was reported"

    def set_name(self, key: str) -> str:
        """Return the name of a set of faces, given its key in the metrics."""
        names = {"base validation": self.validation, "corrections": self.corrections}
        return names.get(key, key)

"""The faults that `scripts.reliability.faults` tries."""

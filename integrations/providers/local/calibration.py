"""Making a classifier's stated confidence mean how often it is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from integrations.providers.local.model import softmax

Array = npt.NDArray[Any]


def fit_temperature(logits: Array, right: Array) -> float:
    """The divisor of logits under which the top class's probability best says if it is right.

    logits are (rows, classes) of rows the classifier did not learn from; right says for each row
    whether its top class was true. One parameter needs few rows; Platt's smoothed targets keep it
    from certainty when every one of a handful is right. Judging only the top class keeps rows of
    a class that no fold has learnt in the count, as the mistakes that they are.
    Source: Guo et al. 2017, On Calibration of Modern Neural Networks; Platt 1999.
    """
    hits = int(right.sum())
    misses = len(right) - hits
    target = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))

    def loss(log_temperature: float) -> float:
        top = softmax(logits / np.exp(log_temperature)).max(axis=1).astype(np.float64)
        top = top.clip(1e-9, 1 - 1e-9)
        return float(-np.mean(target * np.log(top) + (1 - target) * np.log1p(-top)))

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def calibration_error(confidence: Array, right: Array, bins: int = 15) -> float:
    """Mean gap between confidence and hit rate over bins of equal mass; 0 is perfect.

    Few rows get fewer bins (at least 20 rows in each), since empty precision is noise.
    """
    bins = max(1, min(bins, len(confidence) // 20))
    order = np.argsort(confidence, kind="stable")
    gaps = [
        abs(confidence[part].mean() - right[part].mean()) * len(part)
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return float(sum(gaps) / len(confidence))

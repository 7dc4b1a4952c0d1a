"""All controls, by the service that they are about."""

from infra.policy.control import Control
from infra.policy.controls import (
    compute,
    data,
    delivery,
    glue,
    identity,
    keys,
    machine_learning,
    messaging,
    network,
    storage,
    trails,
)

CONTROLS: tuple[Control, ...] = (
    *storage.CONTROLS,
    *keys.CONTROLS,
    *trails.CONTROLS,
    *data.CONTROLS,
    *glue.CONTROLS,
    *network.CONTROLS,
    *compute.CONTROLS,
    *machine_learning.CONTROLS,
    *delivery.CONTROLS,
    *messaging.CONTROLS,
    *identity.CONTROLS,
)

"""All controls, by the service that they are about."""

from infra.policy.control import Control
from infra.policy.controls import (
    compute,
    data,
    delivery,
    identity,
    machine_learning,
    messaging,
    network,
    storage,
)

CONTROLS: tuple[Control, ...] = (
    *storage.CONTROLS,
    *data.CONTROLS,
    *network.CONTROLS,
    *compute.CONTROLS,
    *machine_learning.CONTROLS,
    *delivery.CONTROLS,
    *messaging.CONTROLS,
    *identity.CONTROLS,
)

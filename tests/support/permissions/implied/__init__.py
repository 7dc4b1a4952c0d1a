"""Permissions that no call of our code shows: what AWS does as a role, and what libraries do.

One table in parts. Above each entry is where AWS, or the library, says so.
"""

from tests.support.permissions.implied.entry import Implied
from tests.support.permissions.implied.functions import FUNCTIONS
from tests.support.permissions.implied.lake import LAKE
from tests.support.permissions.implied.machines import MACHINES
from tests.support.permissions.implied.orchestration import ORCHESTRATION
from tests.support.permissions.implied.sagemaker_data import DATA_OF_SAGEMAKER
from tests.support.permissions.implied.sagemaker_machines import MACHINES_OF_SAGEMAKER
from tests.support.permissions.implied.sagemaker_services import SERVICES_OF_SAGEMAKER

__all__ = ["IMPLIED", "Implied"]

IMPLIED: tuple[Implied, ...] = (
    *FUNCTIONS,
    *LAKE,
    *MACHINES,
    *ORCHESTRATION,
    *MACHINES_OF_SAGEMAKER,
    *DATA_OF_SAGEMAKER,
    *SERVICES_OF_SAGEMAKER,
)

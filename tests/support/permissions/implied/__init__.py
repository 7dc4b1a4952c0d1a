"""Permissions that no call of our code shows: what AWS does as a role, and what libraries do.

One table in five parts. Above each entry is where AWS, or the library, says so.
"""

from tests.support.permissions.implied.entry import Implied
from tests.support.permissions.implied.functions import FUNCTIONS
from tests.support.permissions.implied.lake import LAKE
from tests.support.permissions.implied.machines import MACHINES
from tests.support.permissions.implied.orchestration import ORCHESTRATION
from tests.support.permissions.implied.sagemaker import SAGEMAKER

__all__ = ["IMPLIED", "Implied"]

IMPLIED: tuple[Implied, ...] = (*FUNCTIONS, *LAKE, *MACHINES, *ORCHESTRATION, *SAGEMAKER)

"""Intake: any file that a person may send becomes text rows and faults, before any value is read.

`admit` decides form, encoding, delimiter and columns, and refuses what cannot be read as
leads. `Admission.parts()` then streams the rows with memory that does not grow; a row that
breaks a rule is left out of the batches and named in the faults. In = accepted + quarantined.
"""

from ml.contract.intake.containers import Form
from ml.contract.intake.limits import Limits
from ml.core.intake.admission import Admission, Part, text_schema
from ml.core.intake.gate import admit
from ml.core.quarantine import QUARANTINE_SCHEMA, RowFault, quarantine_batch

__all__ = [
    "QUARANTINE_SCHEMA",
    "Admission",
    "Form",
    "Limits",
    "Part",
    "RowFault",
    "admit",
    "quarantine_batch",
    "text_schema",
]

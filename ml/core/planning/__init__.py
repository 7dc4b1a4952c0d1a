"""Planning: which leads to work with the hands that there are, and what to expect of it."""

from ml.core.planning.leads import Leads
from ml.core.planning.plan import Plan, make_plan
from ml.core.planning.scored_leads import scored_leads, scored_rows
from ml.core.planning.terms import Terms

__all__ = ["Leads", "Plan", "Terms", "make_plan", "scored_leads", "scored_rows"]

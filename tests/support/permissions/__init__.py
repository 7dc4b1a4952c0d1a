"""Proof that each runtime has exactly the permissions that its code uses."""

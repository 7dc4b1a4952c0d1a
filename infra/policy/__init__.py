"""What no template may break: our own controls, cdk-nag's packs, and reasons for exceptions."""

from infra.policy.pack import guard

__all__ = ["guard"]

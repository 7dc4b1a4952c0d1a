"""The AWS home, as CDK: environments, one stage, its stacks and their constructs."""

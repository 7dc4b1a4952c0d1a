"""A deploy of the AWS home without an account: the real CDK command line against moto."""

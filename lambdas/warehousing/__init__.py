"""How the warehouse is brought to its definition, and CloudFormation told of it."""

"""The cloud of the rehearsal: moto, with CloudFormation models of our own."""

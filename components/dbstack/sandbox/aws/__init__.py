"""An AWS provider for Pulumi over moto: resource types as data, one backend for both doors (engine and mocks)."""

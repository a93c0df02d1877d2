"""The rooms of the product: configuration, infrastructure, deployment, utilities, and the emulator beside them."""

__version__ = "1.0.0"

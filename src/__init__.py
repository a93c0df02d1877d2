"""The rooms of the product: configuration, infrastructure, deployment, utilities, and the emulator beside them."""

__version__ = "0.1.0"

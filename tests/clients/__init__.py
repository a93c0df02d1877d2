"""What people have installed, each in an environment of its own, tried on the emulator: `make clients`."""

"""Demos that run on the infrastructure of setup.py."""

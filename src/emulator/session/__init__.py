"""Who is connected: sessions, what they run, their transactions and locks, and the accounts that they reach."""

from .session import Session

__all__ = ["Session"]

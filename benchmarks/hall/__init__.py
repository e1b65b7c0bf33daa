"""Judges of the hall: who is called next, and which counter takes what."""

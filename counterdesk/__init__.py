"""counterdesk: the workstation of a comprehensive counter."""

__version__ = "0.1.0"

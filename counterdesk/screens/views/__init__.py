"""From what the desk knows to what the panels show: pure functions, no Textual."""

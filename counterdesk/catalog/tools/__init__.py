"""The tools of the rule owner: check, build, test, diff, show and try. Plain text; nothing here needs a screen."""

"""The figures of the budgets (docs: design, section 9), measured against a bare Textual app in the same run."""

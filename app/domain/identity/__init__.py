"""Who may do what: roles, scopes, and what a password must be."""

"""People, organizations, sign-ins and keys."""

"""A merchant's own look on the payer's page: colours that stay legible, and logos that are what they say."""

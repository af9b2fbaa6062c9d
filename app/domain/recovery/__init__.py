"""Recoveries: their states, the policies that plan them, and each next step with its reason."""

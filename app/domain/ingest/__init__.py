"""Reports of failed payments: what is believed, what is refused, and what each means for a recovery."""

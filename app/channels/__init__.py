"""Floor 2: channels to payers. One folder each, alike: email, SMS, WhatsApp, and the console of development."""

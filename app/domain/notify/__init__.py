"""Messages to payers: when they may go out, what they may say, and the port through which they leave."""

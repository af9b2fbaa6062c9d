"""Payment providers to practise against: HTTP applications with books of their own.

Tinko knows them only over HTTP, through its adapters, like the real ones.
"""

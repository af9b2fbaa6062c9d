"""Bodies of requests and replies, named like the routers that use them."""

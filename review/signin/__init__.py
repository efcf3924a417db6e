"""Where requests meet governance.signin: allauth's adapters, the middleware, what signals tell."""

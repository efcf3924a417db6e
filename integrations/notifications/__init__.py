"""Messages to people outside the app, by e-mail and chat."""

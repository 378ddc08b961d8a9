"""The project's folder: takes, picks and where everything lies. Nothing is half-written."""

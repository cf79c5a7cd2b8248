"""Finished files come in; problems go out. One file a promise; none knows how a file was made."""

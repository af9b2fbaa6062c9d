"""`tinko`: one file or folder per command."""

"""What would come back: an 837 looked at before it is sent, by rules and by this office's own denials."""

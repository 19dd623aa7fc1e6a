"""What every service's HTTP has in common (DIGG's REST profile, RFC 9457)."""

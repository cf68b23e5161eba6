"""An operator's target is told something: by one of the services that Apprise knows, through the
egress."""

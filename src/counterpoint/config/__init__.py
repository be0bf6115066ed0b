"""Where all is wired: settings, routes, the command, the workers."""

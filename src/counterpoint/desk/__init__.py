"""Staff pages, thin: permission, form, one service or selector, template."""

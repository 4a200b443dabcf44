"""The console: pages in the browser, a thin face of what `workers.operate` can do."""

"""How a lead is scored over HTTP: its request is judged, then the endpoint is asked."""

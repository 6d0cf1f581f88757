"""Query trees times segments into hits: planning, matching, scoring."""

"""Files of pictures: stills, animations and pages."""

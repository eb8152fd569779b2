"""Files that hold other files: zip archives of XML parts, OLE files, gzip."""

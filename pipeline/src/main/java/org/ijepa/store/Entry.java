package org.ijepa.store;

/**
 * One object of a listing.
 *
 * @param key relative to the store's root, with {@code /} between folders
 * @param bytes size
 * @param version changes when the object does: S3's ETag, or a file's time of last modification
 */
public record Entry(String key, long bytes, String version) {}

package org.ijepa.store;

/**
 * A file of a store.
 *
 * @param key path below the store's URI, with slashes
 * @param bytes size
 */
public record StoredObject(String key, long bytes) {}

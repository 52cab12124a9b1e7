/**
 * Objects below a URI, in a folder or in S3: listed, read, written, created only if new, with typed
 * errors.
 */
package org.ijepa.store;

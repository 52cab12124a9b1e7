/** Files under a URI: a folder or an S3 prefix. */
package org.ijepa.store;

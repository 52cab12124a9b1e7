/** What was read from far away, kept on a local disk up to a limit. */
package org.ijepa.cache;

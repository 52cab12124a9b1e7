/** The one counter-based random generator, keyed by a hash of a tuple of whole numbers. */
package org.ijepa.random;

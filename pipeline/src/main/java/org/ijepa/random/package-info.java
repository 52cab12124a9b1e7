/** The one source of randomness: a counter-based generator, keyed by a hash of a tuple. */
package org.ijepa.random;

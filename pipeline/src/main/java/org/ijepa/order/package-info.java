/** Which sample stands at which place of a run: keyed permutations, streams and substitutes. */
package org.ijepa.order;

/** Which sample stands at which place of the run: a pure function of seed and place. */
package org.ijepa.order;

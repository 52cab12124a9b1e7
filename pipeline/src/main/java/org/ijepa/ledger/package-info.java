/** What each committed step of a run used, chained by hash, and the proof that nothing is amiss. */
package org.ijepa.ledger;

/** What the stages of the input count, and which of them limits a run. */
package org.ijepa.stage;

/** The one digest that files, names and runs are told apart by. */
package org.ijepa.digest;
